<?php
// Canned telephone state: what each extension answers is fixed, so that every documented answer has an address.
//
//   801  talks: 13421829060 called it, uid 1375861809.4        806  rings: a call comes in
//   802  talks: it called 13421829060, uid 1372123897.17       807  answers popEvent with nil
//   803  idle, no call                                         808  talks, with a name in Chinese and markup as caller
//   804  set busy; popEvent with empty fields                  809  the PBX cannot be reached
//   805  idle; popEvent answers an empty string                810  the database refuses updates
//   820  talks; answers in lower case with the fields beside the wrapper, as the vendor's samples look
//   888  makes the server fail: a SOAP fault, from server.php
//
// Any other extension does not exist.
declare(strict_types=1);

final class Telephony
{
    private const TALKING = ['801' => '21', '802' => '23', '808' => '29', '820' => '41'];
    private const FREE = ['803', '805', '807'];

    public function UncallWorld(string $text): string
    {
        return self::document(null, 'UncallWorld', ['Response' => "UncallWorld:$text"]);
    }

    public function OnClickCall(string $exten, string $number, ?string $actionId): string
    {
        $message = $number === '10086' ? '呼叫“10086”已排队 <请稍候> & 勿挂机' : 'Originate successfully queued';
        [$result, $response, $message] = match (true) {
            $exten === '809' => ['0', 'Connection Failed', ''],
            $exten === '806' => ['1', 'Ringing', 'Originate in progress'],
            $exten === '804', !self::exists($exten) => ['0', 'Busy', ''],
            default => ['1', 'Success', $message],
        };
        $fields = ['Response' => $response, 'ActionID' => $actionId ?? '', 'Message' => $message];
        return self::document($result, 'OnClickCall', $fields);
    }

    public function popEvent(string $exten): ?string
    {
        $call = fn(string $calla, string $callb, string $uid, string $status) => self::document(
            '1', 'popEvent', ['calla' => $calla, 'callb' => $callb, 'uid' => $uid, 'status' => $status]);
        return match ($exten) {
            '801' => $call('13421829060', '801', '1375861809.4', 'callin'),
            '802' => $call('802', '13421829060', '1372123897.17', 'callout'),
            '804' => self::document('0', 'popEvent', ['calla' => '', 'callb' => '', 'uid' => '', 'status' => '']),
            '805' => '',
            '806' => $call('02162581234', '806', '1375861999.8', 'callin'),
            '807' => null,
            '808' => $call('王先生 <VIP> & "老客户"', '808', '1375862000.9', 'callin'),
            '820' => self::sample('1', 'popEvent',
                ['calla' => '820', 'callb' => '075583001234', 'uid' => '1375862100.12', 'status' => 'callout']),
            default => self::document('0', null, []),
        };
    }

    public function getRecording(string $uid): string
    {
        [$result, $fields] = match ($uid) {
            '1372123897.17' => ['1', ['files' => 'audio:808-13632510278-20130625-093138-1372123897.17.WAV']],
            '1375861809.4' => ['0', ['files' => '', 'Message' => 'Recording not ready']],
            default => ['0', ['files' => '']],
        };
        return self::document($result, 'getRecording', $fields);
    }

    public function setBuys(string $exten): string
    {
        $wrapper = $exten === '804' ? 'setDND' : 'setBuys';
        return $exten === '809'
            ? self::refused('setBuys', 'Connection Failed')
            : self::done($wrapper, 'Updated database successfully');
    }

    public function setIdle(string $exten): string
    {
        return match ($exten) {
            '804' => self::done('unsetDND', 'Updated database successfully'),
            '809' => self::refused('setIdle', 'Connection Failed'),
            '810' => self::refused('setIdle', 'Failed to update entry'),
            default => self::done('setIdle', 'Key deleted successfully'),
        };
    }

    public function keepCalling(string $exten): string
    {
        return match (true) {
            $exten === '820' => self::sample('1', 'keepCalling',
                ['response' => 'Success', 'message' => self::channel('820')]),
            $exten === '809' => self::refused('keepCalling', 'Connection Failed'),
            !self::talks($exten) => self::refused('keepCalling', 'Agent not in use'),
            default => self::done('keepCalling', self::channel($exten)),
        };
    }

    public function restoreCalling(string $agent, string $channel): string
    {
        return match (true) {
            $agent === '809' => self::refused('restoreCalling', 'Connection Failed'),
            !self::talks($agent), $channel !== self::channel($agent)
                => self::refused('restoreCalling', 'Channel not exist'),
            default => self::done('restoreCalling', 'Restorepark successful'),
        };
    }

    public function transferCall(string $agent, string $target): string
    {
        return match (true) {
            $agent === '809' => self::refused('transferCall', 'Connection Failed'),
            $agent === '806' => self::refused('transferCall', 'Agent not in bridge'),
            !self::talks($agent) => self::refused('transferCall', 'Agent not in use'),
            !in_array($target, self::FREE, true) => self::refused('transferCall', 'Exten is not idle'),
            default => self::done('transferCall', 'Transfer successful'),
        };
    }

    public function feedBack(string $agent): string
    {
        return match (true) {
            $agent === '809' => self::refused('feedBack', 'Connection Failed'),
            !self::talks($agent) => self::refused('feedBack', 'Agent not in use'),
            default => self::done('feedBack', 'Feedback successful'),
        };
    }

    public function monitorExten(string $agent, string $exten): string
    {
        return $this->spy('monitorExten', $agent, $exten);
    }

    public function whisper(string $agent, string $exten): string
    {
        return $this->spy('whisper', $agent, $exten);
    }

    public function hangUp(string $agent): string
    {
        $refusal = ['Response' => 'Error', 'Message' => 'No Channels'];
        return match (true) {
            $agent === '809' => self::refused('hangUp', 'Connection Failed'),
            !self::exists($agent) => self::refused('hangUp', 'agent not in use'),
            $agent === '801' => self::done('hangUp', 'Authentication accepted'),
            self::talks($agent), $agent === '806' => self::done('hangUp', 'Channel Hungup success'),
            // The vendor's own sample: a failure that carries result 1.
            default => self::document('1', 'hangUp', $refusal),
        };
    }

    private function spy(string $operation, string $agent, string $exten): string
    {
        return match (true) {
            $agent === '809' => self::refused($operation, 'Connection Failed'),
            !in_array($agent, self::FREE, true) => self::refused($operation, 'Agent not in use'),
            !self::talks($exten) => self::refused($operation, 'Spy or whisper failed'),
            default => self::done($operation, 'Spy or whisper success'),
        };
    }

    private static function exists(string $exten): bool
    {
        return preg_match('/^8(0[1-9]|10|20)$/D', $exten) === 1;
    }

    private static function talks(string $exten): bool
    {
        return array_key_exists($exten, self::TALKING);
    }

    private static function channel(string $exten): string
    {
        return "SIP/$exten-000000" . self::TALKING[$exten];
    }

    private static function done(string $wrapper, string $message): string
    {
        return self::document('1', $wrapper, ['Response' => 'Success', 'Message' => $message]);
    }

    private static function refused(string $wrapper, string $message): string
    {
        return self::document('0', $wrapper, ['Response' => 'Error', 'Message' => $message]);
    }

    /** @param array<string, string> $fields */
    private static function document(?string $result, ?string $wrapper, array $fields): string
    {
        $content = $result === null ? '' : "<result>$result</result>";
        $content .= $wrapper === null ? '' : "<$wrapper>" . self::fields($fields) . "</$wrapper>";
        return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<uncall>$content</uncall>";
    }

    /**
     * As the samples of the vendor's document look after the PDF.
     * @param array<string, string> $fields
     */
    private static function sample(string $result, string $wrapper, array $fields): string
    {
        $wrapper = strtolower($wrapper);
        return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<uncall>\r\n <result>$result</result>\r\n <$wrapper/>\r\n "
            . self::fields($fields) . "\r\n</uncall>\r\n";
    }

    /** @param array<string, string> $fields */
    private static function fields(array $fields): string
    {
        $xml = '';
        foreach ($fields as $name => $value) {
            $xml .= "<$name>" . htmlspecialchars($value, ENT_XML1 | ENT_NOQUOTES, 'UTF-8') . "</$name>";
        }
        return $xml;
    }
}
