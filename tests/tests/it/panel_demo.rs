//! The demo of machines without a display: it goes on to its end, and there is something to be seen on its pictures.

use anyhow::Result;
use uncall_tests::{demo, panel::Look};

#[tokio::test(flavor = "multi_thread")]
async fn the_scripted_demo_leaves_a_picture_of_every_state() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pictures = demo::run(Look { dark: true, ..Look::CHINESE }, folder.path()).await?;
    assert_eq!(pictures.len(), 27, "{pictures:?}");
    for picture in &pictures {
        assert!(!demo::is_blank(picture)?, "{}", picture.display());
    }
    Ok(())
}

#[test]
fn an_empty_screen_is_blank() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let picture = folder.path().join("empty.png");
    let mut encoder = png::Encoder::new(std::fs::File::create(&picture)?, 1280, 800);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header()?.write_image_data(&[0x5f, 0x73, 0x86].repeat(1280 * 800))?;
    assert!(demo::is_blank(&picture)?);
    Ok(())
}
