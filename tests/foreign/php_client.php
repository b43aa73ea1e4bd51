<?php
// PHP's SoapClient as a caller of the gateway, driven line by line.
//
//   php php_client.php WSDL                      from the server's own description
//   php php_client.php --old ENDPOINT NAMESPACE  as a proxy made from another server's description long ago: rpc/encoded
//
// UNCALL_LOGIN and UNCALL_PASSWORD are the options login and password.
//
// Reads one JSON object a line: {"operation", "arguments", "names", "header"}; a null argument is left out; names (--old
// only) are the argument elements' names, without them PHP calls them param0, param1 …; header is the namespace of a header
// block that the server must understand.
// Writes {"ready": [operations]} first, then for each line {"answer"} or {"fault": {"code", "reason"}} or {"error"}: a
// call that the client refused by itself, nothing having been sent.
declare(strict_types=1);

final class Caller extends SoapClient
{
    public bool $sent = false;

    public function __doRequest(
        string $request,
        string $location,
        string $action,
        int $version,
        bool $oneWay = false,
    ): ?string {
        $this->sent = true;
        return parent::__doRequest($request, $location, $action, $version, $oneWay);
    }
}

/** @param array<string, mixed> $line */
function arguments(array $line, bool $old): array
{
    if (!$old) {
        $parameters = (require __DIR__ . '/../php/operations.php')[$line['operation']] ?? [];
        $given = [];
        foreach ($line['arguments'] as $at => $value) {
            if ($value !== null) {
                $given[$parameters[$at] ?? "argument$at"] = $value;
            }
        }
        return [$given];
    }
    $given = [];
    foreach ($line['arguments'] as $at => $value) {
        if ($value !== null) {
            $given[] = isset($line['names']) ? new SoapParam($value, $line['names'][$at]) : $value;
        }
    }
    return $given;
}

/** @param array<string, mixed> $line */
function answer(Caller $client, array $line, bool $old): array
{
    $client->sent = false;
    $header = isset($line['header']) ? new SoapHeader($line['header'], 'Strange', 'x', true) : null;
    try {
        $returned = $client->__soapCall($line['operation'], arguments($line, $old), null, $header);
        // document/literal: an object with the one result element in it.
        return ['answer' => is_object($returned) ? current((array) $returned) : $returned];
    } catch (SoapFault $fault) {
        return $client->sent
            ? ['fault' => ['code' => $fault->faultcode, 'reason' => $fault->faultstring]]
            : ['error' => $fault->faultstring];
    }
}

function say(array $line): void
{
    echo json_encode($line, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE), "\n";
    flush();
}

$old = $argv[1] === '--old';
$client = $old
    ? new Caller(null, ['location' => $argv[2], 'uri' => $argv[3], 'style' => SOAP_RPC, 'use' => SOAP_ENCODED])
    : new Caller($argv[1], ['cache_wsdl' => WSDL_CACHE_NONE] + (getenv('UNCALL_LOGIN') === false
        ? []
        : ['login' => getenv('UNCALL_LOGIN'), 'password' => getenv('UNCALL_PASSWORD')]));
$signatures = $old ? [] : $client->__getFunctions();
say(['ready' => array_map(fn(string $signature) => preg_replace('/^\S+ (\w+)\(.*$/', '$1', $signature), $signatures)]);
while (($text = fgets(STDIN)) !== false) {
    say(answer($client, json_decode($text, true, 8, JSON_THROW_ON_ERROR), $old));
}
