<?php
// A SOAP server as PHP of 2013 had them (ext-soap), with canned telephones. Started by the tests:
//
//   PHP_CLI_SERVER_WORKERS=4 UNCALL_STYLE=rpc-encoded php -S 127.0.0.1:PORT tests/php/server.php
//
// UNCALL_STYLE    rpc-encoded (default), rpc-literal or document-literal
// UNCALL_SOAP     1.1 (default) or 1.2
// UNCALL_NOISE    what stands before the XML of an answer: nothing (default), bom, blank or warning
// UNCALL_ADDRESS  the endpoint that the WSDL names; by default the one that was asked
// UNCALL_LOG      file that gets one JSON line for each call: {"operation", "arguments"}, null for an argument left out
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
            $line = json_encode(['operation' => $operation, 'arguments' => $arguments], JSON_THROW_ON_ERROR);
            file_put_contents($this->log, "$line\n", FILE_APPEND | LOCK_EX);
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

function serve(): void
{
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
        echo $wsdl;
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
    header_remove('Content-Length');
    header('Content-Length: ' . strlen($noise . $answer));
    echo $noise . $answer;
}

serve();
