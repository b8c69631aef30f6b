//! Bad files, each with the message that people get. A file that is broken, empty, cut short,
//! wrongly named or hostile is named, with why and what to do; most never reach ffmpeg.

use crate::clips::Clips;
use crate::ingest::ingest;
use memebuild::contract::asset::AssetKind;
use memebuild::diagnostic::Diagnostic;
use memebuild::media::ffmpeg::{Job, Program, input_at};
use memebuild::media::sniff::Format;
use memebuild::media::{iso, probe, sniff, still, whole};
use proptest::prelude::*;
use std::fmt::Write;
use std::fs::File;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What people see, without the folder of the test.
fn told(root: &Path, diagnostic: &Diagnostic) -> String {
    let mut text = format!("{}\n", diagnostic.message);
    diagnostic.notes.iter().for_each(|note| writeln!(text, "  because: {note}").unwrap());
    diagnostic.hints.iter().for_each(|hint| writeln!(text, "  do: {hint}").unwrap());
    text.replace(&format!("{}/", root.display()), "")
}

fn refusals(root: &Path, kind: AssetKind, paths: &[PathBuf]) -> String {
    let mut all = String::new();
    for path in paths {
        let started = Instant::now();
        match ingest(kind, path) {
            Ok(asset) => panic!("{} was taken: {asset:?}", path.display()),
            Err(diagnostic) => {
                assert_eq!(diagnostic.code, "bad-asset", "{}: {diagnostic}", path.display());
                all.push_str(&told(root, &diagnostic));
            }
        }
        assert!(started.elapsed().as_secs() < 20, "{} took too long", path.display());
    }
    all
}

/// The first part of a file.
fn cut(clips: &Clips, from: &str, name: &str, keep_percent: usize) -> PathBuf {
    let bytes = std::fs::read(clips.path(from)).unwrap();
    clips.bytes(name, &bytes[..bytes.len() * keep_percent / 100])
}

/// Files and names that would make ffmpeg, left to itself, open other files.
fn playlists(clips: &Clips) -> Vec<PathBuf> {
    let secret = clips.bytes("secret.ts", "secret");
    let hls = |target: &str| format!("#EXTM3U\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n");
    let absolute = secret.display();
    vec![
        clips.bytes("hls-absolute.mp4", hls(&secret.to_string_lossy())),
        clips.bytes("hls-text.mp4", hls("/etc/passwd.txt")),
        clips.bytes("hls-remote.mp4", hls("http://127.0.0.1:9/secret.ts")),
        clips.bytes("concat-absolute.mp4", format!("ffconcat version 1.0\nfile '{absolute}'\n")),
        clips.bytes("concat-sibling.mp4", "ffconcat version 1.0\nfile secret.ts\n"),
        clips.bytes(
            "dash.mp4",
            format!(
                "<?xml version=\"1.0\"?>\n<MPD><Period><AdaptationSet><Representation>\
                 <BaseURL>{absolute}</BaseURL></Representation></AdaptationSet></Period></MPD>"
            ),
        ),
        clips.bytes("rtp.mp4", "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"),
        clips.bytes("concat:a.mp4|b.mp4", "anything"),
        clips.bytes("-version", "anything"),
        clips.bytes("img%03d.png", "anything"),
    ]
}

#[test]
fn hostile_files_are_refused_before_ffmpeg_starts() {
    let clips = Clips::new();
    let paths = playlists(&clips);
    for path in &paths {
        // Sniffing reads a few kilobytes and starts nothing; what ingest says is what it said.
        let sniffed = sniff::open(path).map(|_| ()).unwrap_err();
        assert_eq!(ingest(AssetKind::GreenScreen, path).unwrap_err(), sniffed);
    }
    insta::assert_snapshot!(refusals(clips.root(), AssetKind::GreenScreen, &paths), @r"
    `hls-absolute.mp4` is an HLS playlist, not a media file that memebuild reads
      because: it would make a player open other files, so it was not given to ffmpeg
      do: use the media file that it points to
    `hls-text.mp4` is an HLS playlist, not a media file that memebuild reads
      because: it would make a player open other files, so it was not given to ffmpeg
      do: use the media file that it points to
    `hls-remote.mp4` is an HLS playlist, not a media file that memebuild reads
      because: it would make a player open other files, so it was not given to ffmpeg
      do: use the media file that it points to
    `concat-absolute.mp4` is an ffconcat list, not a media file that memebuild reads
      because: it would make a player open other files, so it was not given to ffmpeg
      do: use the media file that it points to
    `concat-sibling.mp4` is an ffconcat list, not a media file that memebuild reads
      because: it would make a player open other files, so it was not given to ffmpeg
      do: use the media file that it points to
    `dash.mp4` is a DASH manifest, not a media file that memebuild reads
      because: it would make a player open other files, so it was not given to ffmpeg
      do: use the media file that it points to
    `rtp.mp4` is an SDP session description, not a media file that memebuild reads
      because: it would make a player open other files, so it was not given to ffmpeg
      do: use the media file that it points to
    `concat:a.mp4|b.mp4` has a name that is not safe to hand to ffmpeg
      because: ffmpeg reads the part before the colon as a protocol, and what follows as other files
      do: rename it
    `-version` has a name that is not safe to hand to ffmpeg
      because: a name that starts with a dash reads as an option of ffmpeg
      do: rename it
    `img%03d.png` has a name that is not safe to hand to ffmpeg
      because: ffmpeg reads `%d` as a pattern that stands for many files
      do: rename it
    ");
}

#[test]
fn the_fences_hold_even_for_files_that_were_not_sniffed() {
    let clips = Clips::new();
    clips.make("real.mp4", "-f lavfi -i testsrc2=d=0.2:s=96x64:r=10 -c:v libx264");
    clips.make("img001.png", "-f lavfi -i testsrc2=d=0.2:s=96x64:r=10 -frames:v 1");
    let demuxers = ["hls", "hls", "hls", "concat", "concat", "dash", "sdp", "mov", "mov", "image2"];
    for (path, demuxer) in playlists(&clips).iter().zip(demuxers) {
        for demuxer in [demuxer, "png_pipe"] {
            let args = ["-f", "framecrc", "-"];
            let job = Job::new(Program::Ffmpeg).args(input_at(demuxer, path)).args(args);
            assert!(job.output(1 << 20).is_err(), "{} was opened as {demuxer}", path.display());
        }
    }
}

#[test]
fn files_that_are_no_media_are_named_for_what_they_are() {
    let clips = Clips::new();
    std::fs::create_dir(clips.path("folder.mp4")).unwrap();
    let fifo = clips.path("pipe.mp4");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let strange = std::ffi::OsString::from_vec(b"caf\xe9.mp4".to_vec());
    std::fs::write(clips.root().join(&strange), "x").unwrap();
    let paths = [
        clips.bytes("empty.mp4", ""),
        clips.bytes("empty.wav", ""),
        clips.bytes("zeros.mp4", [0; 9000]),
        clips.bytes("text.mp4", "hello\n"),
        clips.bytes("page.mp4", "<!DOCTYPE html><html><title>404</title></html>"),
        clips.bytes("answer.mp3", "{\"error\": \"gone\"}"),
        clips.bytes("program.mp4", b"\x7fELF\x02\x01\x01\0\0\0\0\0"),
        clips.bytes("phone.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        clips.bytes("noise.mp4", b"\x8f\x12\x99\x01\x02\x03\x04\x05\x06\x07\x08"),
        clips.bytes("tag-only.mp3", b"ID3\x04\0\0\0\0\0\x00"),
        clips.path("absent.mp4"),
        clips.path("folder.mp4"),
        fifo,
        clips.root().join(strange),
    ];
    insta::assert_snapshot!(refusals(clips.root(), AssetKind::GreenScreen, &paths), @r"
    `empty.mp4` is empty
      because: it has no bytes at all; a download or a copy was cut off
      do: fetch it again, or take it out of the folder
    `empty.wav` is empty
      because: it has no bytes at all; a download or a copy was cut off
      do: fetch it again, or take it out of the folder
    `zeros.mp4` is nothing but zero bytes, not a media file that memebuild reads
      do: take it out of the folder, or fetch it again
    `text.mp4` is a text, not a media file that memebuild reads
      because: a download may have saved an error page or a link in place of the media
      do: fetch it again, or take it out of the folder
    `page.mp4` is a web page, not a media file that memebuild reads
      because: a download may have saved an error page or a link in place of the media
      do: fetch it again, or take it out of the folder
    `answer.mp3` is a JSON text, not a media file that memebuild reads
      because: a download may have saved an error page or a link in place of the media
      do: fetch it again, or take it out of the folder
    `program.mp4` is a program (ELF), not a media file that memebuild reads
      do: take it out of the folder, or fetch it again
    `phone.jpg` is a HEIC picture, not a media file that memebuild reads
      do: convert it to PNG or JPEG first
    `noise.mp4` is a file of no known kind, not a media file that memebuild reads
      do: take it out of the folder, or fetch it again
    `tag-only.mp3` is an ID3 tag without sound after it, not a media file that memebuild reads
      do: take it out of the folder, or fetch it again
    cannot read `absent.mp4`: No such file or directory (os error 2)
      do: check the path; it may have been moved since the build began
    `folder.mp4` is a folder, not a file
      do: name a media file; a folder's files are named with a glob such as `folder/*`
    `pipe.mp4` is a device, pipe or socket, not a file
      do: name a media file; a folder's files are named with a glob such as `folder/*`
    `caf�.mp4` has a name that is not UTF-8
      because: its bytes would be lost in manifests and messages, which are UTF-8
      do: rename it, for instance with `convmv -t utf-8`
    ");
}

#[test]
fn half_a_file_is_told_from_a_whole_one() {
    let clips = Clips::new();
    let film = "-f lavfi -i testsrc2=d=1:s=96x64:r=10";
    let sound = "-f lavfi -i sine=d=2";
    clips.make("late-index.mp4", &format!("{film} -c:v libx264"));
    clips.make("first-index.mp4", &format!("{film} -c:v libx264 -movflags +faststart"));
    clips.make("whole.webm", &format!("{film} -c:v libvpx -f webm"));
    clips.make("whole.avi", &format!("{film} -c:v mpeg4"));
    clips.make("whole.png", &format!("{film} -frames:v 1"));
    clips.make("whole.jpg", &format!("{film} -frames:v 1"));
    clips.make("whole.gif", film);
    clips.make("whole.webp", &format!("{film} -frames:v 1 -c:v libwebp"));
    for (from, name) in [
        ("late-index.mp4", "cut-before-index.mp4"),
        ("first-index.mp4", "cut.mp4"),
        ("whole.webm", "cut.webm"),
        ("whole.avi", "cut.avi"),
        ("whole.png", "cut.png"),
        ("whole.jpg", "cut.jpg"),
        ("whole.gif", "cut.gif"),
        ("whole.webp", "cut.webp"),
    ] {
        cut(&clips, from, name, 60);
    }
    let films = ["cut-before-index.mp4", "cut.mp4", "cut.webm", "cut.avi", "cut.png", "cut.jpg"];
    let films = films.into_iter().chain(["cut.gif", "cut.webp"]);
    let paths: Vec<PathBuf> = films.map(|name| clips.path(name)).collect();
    // How much is missing depends on the encoder's version.
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d{2,}( bytes| are left|, and| milliseconds)", "N$1");
    settings.add_filter(r"(needs|has) \d{2,}", "$1 N");
    settings.bind(|| {
        insta::assert_snapshot!(refusals(clips.root(), AssetKind::Background, &paths), @r"
        `cut-before-index.mp4` is broken
          because: it is cut short: its part `mdat` needs N bytes and N are left
          do: fetch or copy it again, or take it out of the folder
        `cut.mp4` is broken
          because: it is cut short: its part `mdat` needs N bytes and N are left
          do: fetch or copy it again, or take it out of the folder
        `cut.webm` is broken
          because: it is cut short: it should have N bytes and has N
          do: fetch or copy it again, or take it out of the folder
        `cut.avi` is broken
          because: it is cut short: it should have N bytes and has N
          do: fetch or copy it again, or take it out of the folder
        `cut.png` is broken
          because: it is cut short: at least N bytes are missing at its end
          do: fetch or copy it again, or take it out of the folder
        `cut.jpg` is broken
          because: it is cut short: its end mark is missing
          do: fetch or copy it again, or take it out of the folder
        `cut.gif` is broken
          because: it is cut short: at least N bytes are missing at its end
          do: fetch or copy it again, or take it out of the folder
        `cut.webp` is broken
          because: it is cut short: it should have N bytes and has N
          do: fetch or copy it again, or take it out of the folder
        ");
    });
    for (name, codec) in
        [("ogg", "-c:a libvorbis"), ("wav", ""), ("flac", ""), ("mp3", "-b:a 64k"), ("m4a", "")]
    {
        clips.make(&format!("whole.{name}"), &format!("{sound} {codec}"));
        cut(&clips, &format!("whole.{name}"), &format!("cut.{name}"), 60);
    }
    let sounds = ["cut.ogg", "cut.wav", "cut.flac", "cut.mp3", "cut.m4a"];
    let paths: Vec<PathBuf> = sounds.iter().map(|name| clips.path(name)).collect();
    settings.bind(|| {
        insta::assert_snapshot!(refusals(clips.root(), AssetKind::Music, &paths), @r"
        `cut.ogg` is broken
          because: it is cut short: it should have N bytes and has N
          do: fetch or copy it again, or take it out of the folder
        `cut.wav` is broken
          because: it is cut short: it should have N bytes and has N
          do: fetch or copy it again, or take it out of the folder
        `cut.flac` is broken
          because: it is cut short: it promises N milliseconds of sound, and has N
          do: fetch or copy it again, or take it out of the folder
        `cut.mp3` is broken
          because: it is cut short: it should have N bytes and has N
          do: fetch or copy it again, or take it out of the folder
        `cut.m4a` is broken
          because: it is cut short: its part `mdat` needs N bytes and N are left
          do: fetch or copy it again, or take it out of the folder
        ");
    });
}

#[test]
fn wrongly_named_files_are_reported() {
    let clips = Clips::new();
    let film = "-f lavfi -i testsrc2=d=0.3:s=96x64:r=10";
    let rename = |from: &str, to: &str| {
        std::fs::rename(clips.path(from), clips.path(to)).unwrap();
        clips.path(to)
    };
    clips.make("a.png", &format!("{film} -frames:v 1"));
    clips.make("b.mp4", &format!("{film} -c:v libx264"));
    clips.make("c.mp4", &format!("{film} -c:v libx264"));
    clips.make("d.wav", "-f lavfi -i sine=d=0.3");
    let paths =
        [rename("a.png", "cat.mp4"), rename("b.mp4", "dog.png"), rename("d.wav", "bark.mp3")];
    insta::assert_snapshot!(refusals(clips.root(), AssetKind::GreenScreen, &paths), @r"
    `cat.mp4` is wrongly named
      because: by its content it is a PNG picture, not an MP4 or QuickTime file
      do: rename it to `.png`, if that is what you meant to use
    `dog.png` is wrongly named
      because: by its content it is an MP4 or QuickTime file, not a PNG picture
      do: rename it to `.mp4`, if that is what you meant to use
    `bark.mp3` is wrongly named
      because: by its content it is a WAV sound, not MPEG audio
      do: rename it to `.wav`, if that is what you meant to use
    ");
    // Nothing is wrong with an ending in capitals, or with none.
    rename("c.mp4", "LOUD.MOV");
    assert!(probe::probe(&clips.path("LOUD.MOV")).is_ok());
    rename("LOUD.MOV", "plain");
    assert!(probe::probe(&clips.path("plain")).is_ok());
}

/// A PNG that is nothing but a header of this size and an end.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    png.extend(width.to_be_bytes());
    png.extend(height.to_be_bytes());
    png.extend([8, 2, 0, 0, 0, 1, 2, 3, 4]);
    png.extend(b"\0\0\0\0IEND\xae\x42\x60\x82");
    png
}

fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + 8).unwrap();
    [&size.to_be_bytes()[..], kind, body].concat()
}

#[test]
fn claims_are_not_believed() {
    let clips = Clips::new();
    let ftyp = boxed(b"ftyp", b"isom\0\0\0\0isom");
    let claimed = |kind: &[u8; 4], size: u64| {
        [&1u32.to_be_bytes()[..], kind, &size.to_be_bytes(), b"short"].concat()
    };
    let mvhd = boxed(b"mvhd", &[&[0; 12][..], &1000u32.to_be_bytes(), &[0; 84]].concat());
    let hdlr = boxed(b"hdlr", b"\0\0\0\0\0\0\0\0vide\0\0\0\0\0\0\0\0\0\0\0\0\0");
    let mdhd = boxed(b"mdhd", &[&[0; 12][..], &1000u32.to_be_bytes(), &[0; 8]].concat());
    // Four thousand million samples in a table of none.
    let many = boxed(b"stsz", &[0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    let stco = boxed(b"stco", &[0; 8]);
    let stsd = boxed(b"stsd", &[0; 8]);
    let stbl = boxed(b"stbl", &[many, stco, stsd].concat());
    let minf = boxed(b"minf", &stbl);
    let trak = boxed(b"trak", &boxed(b"mdia", &[hdlr, mdhd, minf].concat()));
    let moov = boxed(b"moov", &[mvhd, trak].concat());
    let mdat = boxed(b"mdat", b"");
    let deep = (0..2000).fold(Vec::new(), |inner, _| boxed(b"trak", &inner));
    let paths = [
        clips.bytes("huge.png", png_of(20_000, 20_000)),
        clips.bytes("wide.png", png_of(u32::MAX, u32::MAX)),
        clips.bytes(
            "huge.gif",
            b"GIF89a\xff\xff\xff\xff\0\0\0\x2c\0\0\0\0\xff\xff\xff\xff\0\x02\0\x3b",
        ),
        clips.bytes("endless.mp4", [&ftyp[..], &claimed(b"mdat", u64::MAX)].concat()),
        clips.bytes("endless-index.mp4", [&ftyp[..], &claimed(b"moov", 1 << 40)].concat()),
        clips.bytes("no-size.mp4", [&ftyp[..], &claimed(b"moov", 3)].concat()),
        clips.bytes("many-samples.mp4", [&ftyp[..], &moov, &mdat].concat()),
        clips.bytes("deep.mp4", [&ftyp[..], &boxed(b"moov", &deep), &mdat].concat()),
        clips.bytes("only-a-brand.mp4", ftyp),
    ];
    insta::assert_snapshot!(refusals(clips.root(), AssetKind::Background, &paths), @r"
    `huge.png` is too large: 20000 × 20000 pixels
      because: memebuild takes up to 64 megapixels
      do: scale it down first; no render needs more than 4096 pixels on a side
    `wide.png` is too large: 4294967295 × 4294967295 pixels
      because: memebuild takes up to 64 megapixels
      do: scale it down first; no render needs more than 4096 pixels on a side
    `huge.gif` is too large: 65535 × 65535 pixels
      because: memebuild takes up to 64 megapixels
      do: scale it down first; no render needs more than 4096 pixels on a side
    `endless.mp4` is broken
      because: it is cut short: its part `mdat` needs 18446744073709551615 bytes and 21 are left
      do: fetch or copy it again, or take it out of the folder
    `endless-index.mp4` is broken
      because: it is cut short: its part `moov` needs 1099511627776 bytes and 21 are left
      do: fetch or copy it again, or take it out of the folder
    `no-size.mp4` is broken
      because: its part `moov` has no size
      do: fetch or copy it again, or take it out of the folder
    `many-samples.mp4` is broken
      because: its list of samples is too short
      do: fetch or copy it again, or take it out of the folder
    `deep.mp4` is broken
      because: its index has no header (`mvhd`)
      do: fetch or copy it again, or take it out of the folder
    `only-a-brand.mp4` is broken
      because: its index (`moov`) is missing: the recording or the download was cut off
      do: fetch or copy it again, or take it out of the folder
    ");
}

#[test]
fn damage_within_a_whole_file_is_found_by_decoding() {
    let clips = Clips::new();
    let film = "-f lavfi -i testsrc2=d=1:s=96x64:r=10";
    clips.make("whole.png", &format!("{film} -frames:v 1"));
    clips.make("whole.mp4", &format!("{film} -c:v libx264 -movflags +faststart"));
    let damage = |from: &str, name: &str, after: &[u8]| {
        let mut bytes = std::fs::read(clips.path(from)).unwrap();
        let at = bytes.windows(4).position(|window| window == after).unwrap() + 40;
        let end = bytes.len() - 20;
        bytes[at..end].fill(0xa5);
        clips.bytes(name, bytes)
    };
    let paths =
        [damage("whole.png", "spoilt.png", b"IDAT"), damage("whole.mp4", "spoilt.mp4", b"mdat")];
    for path in paths {
        let diagnostic = ingest(AssetKind::Background, &path).unwrap_err();
        let text = told(clips.root(), &diagnostic);
        assert!(text.starts_with("`spoilt."), "{text}");
        assert!(text.contains("broken") || text.contains("cannot be decoded"), "{text}");
        assert!(text.contains("fetch or copy it again"), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A real index with any bytes changed, or cut anywhere, gets an answer: facts or a reason.
    #[test]
    fn the_box_reader_survives_any_damage(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        keep in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        use std::io::Write as _;
        static CLIP: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let clip = CLIP.get_or_init(|| {
            let clips = Clips::new();
            let args = "-f lavfi -i testsrc2=d=1:s=32x32:r=25 -f lavfi -i sine=d=1 -c:a aac \
                        -c:v libx264 -movflags +faststart";
            std::fs::read(clips.make("clip.mp4", args)).unwrap()
        });
        let mut bytes = clip.clone();
        // The index is first: the changes hit it, and not the media.
        let index = bytes.windows(4).position(|w| w == b"mdat").unwrap();
        for (at, value) in changes {
            bytes[at.index(index)] = value;
        }
        if !whole {
            bytes.truncate(keep.index(bytes.len()));
        }
        let mut file: File = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let _ = iso::read(&file);
        let _ = iso::outline(&file);
    }

    /// The same for pictures, and for the containers that say how long they are.
    #[test]
    fn the_other_native_readers_survive_any_damage(
        format in prop::sample::select(Format::ALL.to_vec()),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        keep in any::<prop::sample::Index>(),
    ) {
        use std::io::Write as _;
        static PICTURES: std::sync::OnceLock<Vec<(Format, Vec<u8>)>> = std::sync::OnceLock::new();
        let made = PICTURES.get_or_init(|| {
            let clips = Clips::new();
            let film = "-f lavfi -i testsrc2=d=0.5:s=32x32:r=10";
            let sound = "-f lavfi -i sine=d=0.5";
            [
                (Format::Png, "a.png", format!("{film} -frames:v 1")),
                (Format::Jpeg, "a.jpg", format!("{film} -frames:v 1")),
                (Format::Webp, "a.webp", format!("{film} -frames:v 1 -c:v libwebp")),
                (Format::Gif, "a.gif", film.to_owned()),
                (Format::Matroska, "a.mkv", format!("{film} -c:v mpeg4")),
                (Format::Ogg, "a.ogg", format!("{sound} -c:a libvorbis")),
                (Format::Mp3, "a.mp3", sound.to_owned()),
                (Format::Wav, "a.wav", sound.to_owned()),
            ]
            .map(|(format, name, args)| (format, std::fs::read(clips.make(name, &args)).unwrap()))
            .into()
        });
        let clip = made.iter().find(|(of, _)| *of == format).map(|(_, bytes)| bytes);
        let mut bytes = clip.unwrap_or(&made[0].1).clone();
        let head = bytes.len().min(300);
        for (at, value) in changes {
            bytes[at.index(head)] = value;
        }
        bytes.truncate(keep.index(bytes.len()) + 1);
        let mut file: File = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let _ = still::read(&file, format);
        let _ = whole::check(&file, format);
    }
}
