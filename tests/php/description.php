<?php
// Writes the server's WSDL, in one of the three styles of the family.
declare(strict_types=1);

final class Description
{
    private const NAMESPACES = [
        'rpc-encoded' => 'urn:uncall',
        'rpc-literal' => 'urn:UncallService',
        'document-literal' => 'http://tempuri.org/',
    ];

    private string $namespace;

    /** @param array<string, list<string>> $operations */
    public function __construct(
        private array $operations,
        private string $style,
        private bool $soap12,
        private string $address,
    ) {
        $this->namespace = self::NAMESPACES[$style] ?? throw new InvalidArgumentException("unknown style $style");
    }

    public function write(): string
    {
        $soap = $this->soap12 ? 'soap12' : 'soap';
        $messages = '';
        foreach ($this->operations as $name => $parameters) {
            $messages .= $this->messages($name, $parameters);
        }
        $port = self::tag('port', ['name' => 'UncallPort', 'binding' => 'tns:UncallBinding'],
            self::tag("$soap:address", ['location' => $this->address]));
        $document = self::tag('definitions', [
            'name' => 'UncallService',
            'targetNamespace' => $this->namespace,
            'xmlns' => 'http://schemas.xmlsoap.org/wsdl/',
            'xmlns:tns' => $this->namespace,
            'xmlns:xsd' => 'http://www.w3.org/2001/XMLSchema',
            "xmlns:$soap" => "http://schemas.xmlsoap.org/wsdl/$soap/",
        ], ($this->wrapped() ? $this->types() : '')
            . $messages
            . $this->portType()
            . $this->binding($soap)
            . self::tag('service', ['name' => 'UncallService'], $port));
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n$document";
    }

    private function wrapped(): bool
    {
        return $this->style === 'document-literal';
    }

    private function types(): string
    {
        $elements = '';
        foreach ($this->operations as $name => $parameters) {
            $arguments = '';
            foreach ($parameters as $parameter) {
                $arguments .= self::stringElement($parameter, $parameter === 'strActionID');
            }
            $elements .= self::wrapper($name, $arguments)
                . self::wrapper("{$name}Response", self::stringElement("{$name}Result", true));
        }
        $schema = ['targetNamespace' => $this->namespace, 'elementFormDefault' => 'qualified'];
        return self::tag('types', [], self::tag('xsd:schema', $schema, $elements));
    }

    private static function wrapper(string $name, string $content): string
    {
        $sequence = self::tag('xsd:sequence', [], $content);
        return self::tag('xsd:element', ['name' => $name], self::tag('xsd:complexType', [], $sequence));
    }

    private static function stringElement(string $name, bool $optional): string
    {
        $attributes = ['name' => $name, 'type' => 'xsd:string'];
        return self::tag('xsd:element', $optional ? $attributes + ['minOccurs' => '0'] : $attributes);
    }

    /** @param list<string> $parameters */
    private function messages(string $name, array $parameters): string
    {
        if ($this->wrapped()) {
            $in = self::tag('part', ['name' => 'parameters', 'element' => "tns:$name"]);
            $out = self::tag('part', ['name' => 'parameters', 'element' => "tns:{$name}Response"]);
        } else {
            $part = fn(string $of) => self::tag('part', ['name' => $of, 'type' => 'xsd:string']);
            $in = implode('', array_map($part, $parameters));
            $out = $part('return');
        }
        return self::tag('message', ['name' => "{$name}Input"], $in)
            . self::tag('message', ['name' => "{$name}Output"], $out);
    }

    private function portType(): string
    {
        $operations = '';
        foreach (array_keys($this->operations) as $name) {
            $operations .= self::tag('operation', ['name' => $name],
                self::tag('input', ['message' => "tns:{$name}Input"])
                . self::tag('output', ['message' => "tns:{$name}Output"]));
        }
        return self::tag('portType', ['name' => 'UncallPortType'], $operations);
    }

    private function binding(string $soap): string
    {
        $body = self::tag("$soap:body", match ($this->style) {
            'rpc-encoded' => [
                'use' => 'encoded',
                'namespace' => $this->namespace,
                'encodingStyle' => 'http://schemas.xmlsoap.org/soap/encoding/',
            ],
            'rpc-literal' => ['use' => 'literal', 'namespace' => $this->namespace],
            'document-literal' => ['use' => 'literal'],
        });
        $content = self::tag("$soap:binding", [
            'style' => $this->wrapped() ? 'document' : 'rpc',
            'transport' => 'http://schemas.xmlsoap.org/soap/http',
        ]);
        foreach (array_keys($this->operations) as $name) {
            $content .= self::tag('operation', ['name' => $name],
                self::tag("$soap:operation", ['soapAction' => $this->action($name)])
                . self::tag('input', [], $body)
                . self::tag('output', [], $body));
        }
        return self::tag('binding', ['name' => 'UncallBinding', 'type' => 'tns:UncallPortType'], $content);
    }

    /** Every generator of 2013 built it differently; so does every style here. */
    private function action(string $name): string
    {
        return match ($this->style) {
            'rpc-encoded' => "{$this->namespace}#$name",
            'rpc-literal' => "{$this->namespace}#Uncall#$name",
            'document-literal' => "{$this->namespace}$name",
        };
    }

    /** @param array<string, string> $attributes */
    private static function tag(string $name, array $attributes, string $content = ''): string
    {
        $head = $name;
        foreach ($attributes as $key => $value) {
            $head .= " $key=\"" . htmlspecialchars($value, ENT_XML1 | ENT_QUOTES, 'UTF-8') . '"';
        }
        return $content === '' ? "<$head/>\n" : "<$head>\n$content</$name>\n";
    }
}
