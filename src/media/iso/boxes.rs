//! Boxes within bytes that are already here, and fields within a box.

use super::IsoError;

/// A box: its type, and its bytes after the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsoBox<'a> {
    pub kind: [u8; 4],
    pub body: &'a [u8],
}

/// Boxes that one box may hold at most; real files have a few dozen.
const MOST_CHILDREN: usize = 10_000;

/// The boxes that fill `body`. Up to seven bytes that are left over are ignored: QuickTime ends
/// some lists with a zero word.
pub fn children(body: &[u8]) -> Result<Vec<IsoBox<'_>>, IsoError> {
    let mut found = Vec::new();
    let mut rest = body;
    while rest.len() >= 8 {
        let short = u32::from_be_bytes(rest[..4].try_into().expect("four bytes"));
        let kind: [u8; 4] = rest[4..8].try_into().expect("four bytes");
        let (header, size) = match short {
            0 => (8, rest.len() as u64),
            1 => {
                let long = rest.get(8..16).ok_or_else(|| too_large(kind))?;
                (16, u64::from_be_bytes(long.try_into().expect("eight bytes")))
            }
            _ => (8, u64::from(short)),
        };
        let size = usize::try_from(size).map_err(|_| too_large(kind))?;
        if size < header || size > rest.len() {
            return Err(too_large(kind));
        }
        found.push(IsoBox { kind, body: &rest[header..size] });
        if found.len() > MOST_CHILDREN {
            return Err(IsoError::Broken("its index has too many parts".to_owned()));
        }
        rest = &rest[size..];
    }
    Ok(found)
}

/// The body of the first box of this type.
pub fn find<'a>(boxes: &[IsoBox<'a>], kind: &[u8; 4]) -> Option<&'a [u8]> {
    boxes.iter().find(|b| &b.kind == kind).map(|b| b.body)
}

/// The same, where a file without it is broken.
pub fn need<'a>(boxes: &[IsoBox<'a>], kind: &[u8; 4]) -> Result<&'a [u8], IsoError> {
    find(boxes, kind).ok_or_else(|| {
        IsoError::Broken(format!("a part of its index (`{}`) is missing", name(*kind)))
    })
}

fn too_large(kind: [u8; 4]) -> IsoError {
    IsoError::Broken(format!("a part of its index (`{}`) does not fit where it is", name(kind)))
}

/// A box type for messages.
pub fn name(kind: [u8; 4]) -> String {
    kind.iter().map(|b| if b.is_ascii_graphic() { char::from(*b) } else { '?' }).collect()
}

/// Reads big-endian fields one after the other.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Fields<'a> {
    /// `what` names the box in messages.
    pub fn new(body: &'a [u8], what: &'static str) -> Self {
        Self { rest: body, what }
    }

    /// The next `n` bytes.
    pub fn bytes(&mut self, n: usize) -> Result<&'a [u8], IsoError> {
        if n > self.rest.len() {
            return Err(IsoError::Broken(format!(
                "a part of its index (`{}`) is too short",
                self.what
            )));
        }
        let (head, rest) = self.rest.split_at(n);
        self.rest = rest;
        Ok(head)
    }

    pub fn skip(&mut self, n: usize) -> Result<(), IsoError> {
        self.bytes(n).map(drop)
    }

    pub fn u8(&mut self) -> Result<u8, IsoError> {
        Ok(self.bytes(1)?[0])
    }

    pub fn u16(&mut self) -> Result<u16, IsoError> {
        Ok(u16::from_be_bytes(self.bytes(2)?.try_into().expect("two bytes")))
    }

    pub fn u32(&mut self) -> Result<u32, IsoError> {
        Ok(u32::from_be_bytes(self.bytes(4)?.try_into().expect("four bytes")))
    }

    /// All that is left.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// A count, and that many entries of `size` bytes, which must be there.
    pub fn table(&mut self, size: usize) -> Result<std::slice::ChunksExact<'a, u8>, IsoError> {
        let count = self.u32()? as usize;
        let length = count.saturating_mul(size);
        Ok(self.bytes(length)?.chunks_exact(size))
    }
}

/// A big-endian word within a table's entry.
pub fn word(entry: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(entry[at..at + 4].try_into().expect("four bytes"))
}

/// A big-endian long word within a table's entry.
pub fn long(entry: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(entry[at..at + 8].try_into().expect("eight bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_box_that_claims_more_than_its_parent_is_broken() {
        let body = b"\0\0\0\x09free!\0\0\xff\xffmoov";
        let error = children(body).unwrap_err();
        assert_eq!(
            error,
            IsoError::Broken("a part of its index (`moov`) does not fit where it is".to_owned())
        );
        let found = children(&body[..9]).unwrap();
        assert_eq!(find(&found, b"free"), Some(&b"!"[..]));
    }

    #[test]
    fn a_table_is_never_longer_than_its_bytes() {
        assert!(Fields::new(b"\xff\xff\xff\xff\0\0\0\x01", "stts").table(8).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = children(&body);
        }
    }
}
