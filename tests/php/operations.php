<?php
// The thirteen operations and their parameters, as the vendor's document names them.
declare(strict_types=1);

return [
    'UncallWorld' => ['text'],
    'OnClickCall' => ['strExten', 'strToTel', 'strActionID'],
    'popEvent' => ['strExten'],
    'getRecording' => ['uid'],
    'setBuys' => ['strExten'],
    'setIdle' => ['strExten'],
    'keepCalling' => ['strExten'],
    'restoreCalling' => ['strAgent', 'strExten'],
    'transferCall' => ['strAgent', 'strExten'],
    'feedBack' => ['strAgent'],
    'monitorExten' => ['strAgent', 'strExten'],
    'whisper' => ['strAgent', 'strExten'],
    'hangUp' => ['strAgent'],
];
