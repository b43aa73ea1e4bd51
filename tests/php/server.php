<?php
// A SOAP server as PHP of 2013 had them (ext-soap), with canned telephones. Started by the tests:
//
//   PHP_CLI_SERVER_WORKERS=4 UNCALL_STYLE=rpc-encoded php -S 127.0.0.1:PORT tests/php/server.php
//
// UNCALL_STYLE    rpc-encoded (default), rpc-literal or document-literal
// UNCALL_SOAP     1.1 (default) or 1.2
// UNCALL_NOISE    what stands before the XML of an answer: nothing (default), bom, blank or warning
// UNCALL_ADDRESS  the endpoint that the WSDL names; by default the one that was asked
// UNCALL_LOG      file that gets one JSON line for each call: {"operation", "arguments", "session"}, null for an argument
//                 left out
// UNCALL_SESSION  1: every request begins with session_start(), so those of one session wait for each other
// UNCALL_PACKING  NAME/HOW: everything is packed by PHP's gzencode, gzcompress (zlib) or gzdeflate, and called NAME
// UNCALL_GATES    folder: a transfer ends when the file "transfer" is there, the second half of a recording comes with
//                 the file "recording"
declare(strict_types=1);

require_once __DIR__ . '/description.php';
require_once __DIR__ . '/telephony.php';

/** What SoapServer calls: takes the arguments out of the style and puts the answer back into it. */
final class Endpoint
{
    /** @param array<string, list<string>> $operations */
    public function __construct(private array $operations, private bool $wrapped, private string $log)
    {
    }

    /** @param list<mixed> $given */
    public function __call(string $operation, array $given): mixed
    {
        if (!isset($this->operations[$operation])) {
            // SoapServer calls a header block like an operation.
            throw new SoapFault('MustUnderstand', "Header $operation not understood");
        }
        $arguments = [];
        foreach ($this->operations[$operation] as $at => $parameter) {
            $value = $this->wrapped ? ($given[0]->$parameter ?? null) : ($given[$at] ?? null);
            if ($value === null && $parameter !== 'strActionID') {
                throw new SoapFault('Client', "Missing parameter $parameter");
            }
            $arguments[] = $value;
        }
        if ($this->log !== '') {
            $line = json_encode(['operation' => $operation, 'arguments' => $arguments, 'session' => (string) session_id()],
                JSON_THROW_ON_ERROR);
            file_put_contents($this->log, "$line\n", FILE_APPEND | LOCK_EX);
        }
        if ($operation === 'transferCall') {
            pass('transfer');
        }
        if ($arguments[0] === '888') {
            throw new SoapFault('Server', '数据库连接失败 <mysql> & co');
        }
        $answer = (new Telephony())->$operation(...$arguments);
        return $this->wrapped ? ["{$operation}Result" => $answer] : $answer;
    }
}

function setting(string $name, string $default): string
{
    $value = getenv($name);
    return $value === false ? $default : $value;
}

/** Waits at a gate, if there is one, until a test opens it: not for ever, since the test may have ended. */
function pass(string $gate): void
{
    $folder = setting('UNCALL_GATES', '');
    for ($waits = 0; $folder !== '' && $waits < 3000 && !file_exists("$folder/$gate"); $waits++) {
        usleep(20_000);
        clearstatcache();
    }
}

/** Sends a body, packed as the setting says. */
function answer(string $body): void
{
    [$name, $how] = explode('/', setting('UNCALL_PACKING', '/'));
    if ($how !== '') {
        $body = $how($body);
        header("Content-Encoding: $name");
    }
    header_remove('Content-Length');
    header('Content-Length: ' . strlen($body));
    [$first, $second] = [substr($body, 0, intdiv(strlen($body), 2)), substr($body, intdiv(strlen($body), 2))];
    echo $first;
    if (is_recording()) {
        flush();
        pass('recording');
    }
    echo $second;
}

function is_recording(): bool
{
    return str_starts_with($_SERVER['REQUEST_URI'], '/outbound/index.php/RecordingAction/index.php?');
}

/** Two seconds of a rising tone that is none: 16-bit PCM at 8 kHz. */
function sound(): string
{
    $samples = '';
    for ($at = 0; $at < 16_000; $at++) {
        $samples .= pack('v', $at * $at % 65_521);
    }
    $size = strlen($samples);
    return pack('a4Va4a4VvvVVvva4V', 'RIFF', 36 + $size, 'WAVE', 'fmt ', 16, 1, 1, 8000, 16_000, 2, 16, 'data', $size) . $samples;
}

function serve(): void
{
    if (setting('UNCALL_SESSION', '') === '1') {
        session_start();
    }
    if (is_recording()) {
        header('Content-Type: audio/x-wav');
        answer(sound());
        return;
    }
    $path = '/uncall_services_api/index.php';
    if (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) !== $path) {
        http_response_code(404);
        return;
    }
    $operations = require __DIR__ . '/operations.php';
    $style = setting('UNCALL_STYLE', 'rpc-encoded');
    $soap12 = setting('UNCALL_SOAP', '1.1') === '1.2';
    $address = setting('UNCALL_ADDRESS', "http://{$_SERVER['HTTP_HOST']}$path");
    $wsdl = (new Description($operations, $style, $soap12, $address))->write();
    if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
        header('Content-Type: text/xml; charset=utf-8');
        answer($wsdl);
        return;
    }
    $server = new SoapServer('data://text/xml;base64,' . base64_encode($wsdl), [
        'cache_wsdl' => WSDL_CACHE_NONE,
        'soap_version' => $soap12 ? SOAP_1_2 : SOAP_1_1,
    ]);
    $server->setObject(new Endpoint($operations, $style === 'document-literal', setting('UNCALL_LOG', '')));
    ob_start();
    $server->handle();
    $answer = ob_get_clean();
    $noise = match (setting('UNCALL_NOISE', '')) {
        'bom' => "\u{feff}",
        'blank' => "\r\n \n",
        'warning' => "<br />\n<b>Warning</b>:  Undefined variable \$ami in <b>/var/www/html/ami.php</b> on line <b>12</b><br />\n",
        default => '',
    };
    answer($noise . $answer);
}

serve();
