//! Packets of any bytes in sound pages, so that what is behind the checksums is reached. Each packet begins with its length.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ogg::{PacketWriteEndInfo, PacketWriter};
use uncall_sound::{Named, to_pcm_wav};

fuzz_target!(|bytes: &[u8]| {
    let Some(([channels, rate, skip, gain], mut rest)) = bytes.split_first_chunk::<4>() else { return };
    let mut file = Vec::new();
    let mut writer = PacketWriter::new(&mut file);
    let mut head = b"OpusHead\x01".to_vec();
    head.extend([1 + channels % 2, *skip, 0]);
    head.extend((u32::from(*rate) * 200).to_le_bytes());
    head.extend([0, *gain, 0]);
    let mut position = 0;
    let mut put = |packet: &[u8], end, position| writer.write_packet(packet.to_vec(), 49, end, position);
    put(&head, PacketWriteEndInfo::EndPage, 0).expect("into memory");
    put(b"OpusTags", PacketWriteEndInfo::EndPage, 0).expect("into memory");
    while let Some((length, behind)) = rest.split_first() {
        let (packet, behind) = behind.split_at((usize::from(*length) * 2).min(behind.len()));
        position += 960 * u64::from(*length % 4);
        let end = if behind.is_empty() {
            PacketWriteEndInfo::EndStream
        } else if length % 2 == 0 {
            PacketWriteEndInfo::EndPage
        } else {
            PacketWriteEndInfo::NormalPacket
        };
        put(packet, end, position).expect("into memory");
        rest = behind;
    }
    let decoded = to_pcm_wav(&file, Named::Nothing);
    assert!(!matches!(decoded, Err(uncall_sound::Error::Unknown)), "{decoded:?}");
});
