//! The rows of a model: one matrix in a file of the safetensors kind, which is a header of JSON and
//! numbers behind it.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Longest header, in bytes.
const LONGEST_HEADER: usize = 1 << 20;

/// Most numbers of a row. What a database adds up of so many bytes stays whole in 24 bits.
const WIDEST: usize = 1024;

/// Numbers are read as multiples of this part of one: finer than rows of halves are.
const PARTS: f32 = 1_048_576.0;

/// Largest number, in parts, so that sums of a few thousand of them have room.
const LARGEST: f32 = 2_147_483_648.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Half,
    Brain,
    Single,
}

/// A matrix, as it lies in its file.
pub struct Rows {
    bytes: Vec<u8>,
    /// Where the first row begins.
    start: usize,
    count: usize,
    width: usize,
    format: Format,
}

/// What a header says of one matrix.
#[derive(Deserialize)]
struct Tensor {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

impl Rows {
    /// # Errors
    /// Why the file holds no rows that can be read.
    pub fn read(bytes: Vec<u8>) -> Result<Self, String> {
        let cut = || "it is cut off".to_owned();
        let long: [u8; 8] = bytes.get(..8).and_then(|b| b.try_into().ok()).ok_or_else(cut)?;
        let long = usize::try_from(u64::from_le_bytes(long)).unwrap_or(usize::MAX);
        if long > LONGEST_HEADER {
            return Err("it has no header of safetensors".to_owned());
        }
        let header = bytes.get(8..8 + long).ok_or_else(cut)?;
        let mut header: BTreeMap<String, serde_json::Value> = serde_json::from_slice(header)
            .map_err(|e| format!("its header is not that of safetensors: {e}"))?;
        header.remove("__metadata__");
        let matrices: Vec<(String, Tensor)> = header
            .into_iter()
            .filter_map(|(name, value)| Some((name, serde_json::from_value(value).ok()?)))
            .filter(|(_, tensor): &(String, Tensor)| tensor.shape.len() == 2)
            .collect();
        let [(name, tensor)] = matrices.as_slice() else {
            return Err(format!("it holds {} matrices, and one is wanted", matrices.len()));
        };
        let (format, size) = match tensor.dtype.as_str() {
            "F16" => (Format::Half, 2),
            "BF16" => (Format::Brain, 2),
            "F32" => (Format::Single, 4),
            other => {
                let other = other.escape_debug();
                return Err(format!("its numbers are of type {other}, not F16, BF16 or F32"));
            }
        };
        let (count, width) = (tensor.shape[0], tensor.shape[1]);
        if count == 0 || !(1..=WIDEST).contains(&width) {
            let name = name.escape_debug();
            return Err(format!("`{name}` is {count} × {width}; rows have 1 to {WIDEST} numbers"));
        }
        let start = 8 + long;
        let wanted = count.checked_mul(width).and_then(|all| all.checked_mul(size));
        let [from, to] = tensor.data_offsets;
        let whole = wanted.is_some_and(|wanted| to.checked_sub(from) == Some(wanted))
            && start.checked_add(to).is_some_and(|end| end <= bytes.len());
        if !whole {
            return Err(cut());
        }
        Ok(Self { start: start + from, bytes, count, width, format })
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// Adds a row, in parts of one, to a sum. A piece without a row adds nothing.
    pub fn add(&self, piece: u32, sum: &mut [i64]) {
        let at = piece as usize;
        if at >= self.count {
            return;
        }
        let size = if self.format == Format::Single { 4 } else { 2 };
        let start = self.start + at * self.width * size;
        let row = self.bytes[start..start + self.width * size].chunks_exact(size);
        for (sum, bytes) in sum.iter_mut().zip(row) {
            let number = match self.format {
                Format::Half => half(u16::from_le_bytes([bytes[0], bytes[1]])),
                Format::Brain => f32::from_bits(u32::from_le_bytes([0, 0, bytes[0], bytes[1]])),
                Format::Single => f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
            };
            // By a power of two, which is exact; what is no number becomes zero.
            *sum += (number * PARTS).round().clamp(-LARGEST, LARGEST) as i64;
        }
    }
}

/// A number of sixteen bits (IEEE 754 binary16).
fn half(bits: u16) -> f32 {
    let (sign, exponent, rest) =
        (u32::from(bits >> 15), u32::from(bits >> 10 & 31), u32::from(bits & 1023));
    let size = match (exponent, rest) {
        (0, rest) => rest as f32 / 16_777_216.0,
        (31, 0) => f32::INFINITY,
        (31, _) => f32::NAN,
        _ => f32::from_bits((exponent + 112) << 23 | rest << 13),
    };
    if sign == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, body: &[u8]) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(body);
        bytes
    }

    fn sum(rows: &Rows, piece: u32) -> Vec<i64> {
        let mut sum = vec![0; rows.width()];
        rows.add(piece, &mut sum);
        sum
    }

    #[test]
    fn numbers_of_sixteen_bits_are_read() {
        let table: [(u16, f32); 8] = [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_5e-8),
            (0x8400, -6.103_515_6e-5),
            (0x7c00, f32::INFINITY),
        ];
        for (bits, number) in table {
            assert_eq!(half(bits), number, "{bits:#x}");
        }
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn each_format_gives_the_same_row() {
        let of = |dtype: &str, size: usize, body: &[u8]| {
            let header = format!(
                r#"{{"__metadata__":{{"format":"pt"}},"e":{{"dtype":"{dtype}","shape":[2,2],"data_offsets":[0,{}]}}}}"#,
                4 * size
            );
            Rows::read(file(&header, body)).expect("rows")
        };
        // 0, 0 and 1.5, -0.25.
        let half = of("F16", 2, &[0, 0, 0, 0, 0x00, 0x3e, 0x00, 0xb4]);
        let brain = of("BF16", 2, &[0, 0, 0, 0, 0xc0, 0x3f, 0x80, 0xbe]);
        let mut body = vec![0; 8];
        body.extend_from_slice(&1.5f32.to_le_bytes());
        body.extend_from_slice(&(-0.25f32).to_le_bytes());
        let single = of("F32", 4, &body);
        for rows in [half, brain, single] {
            assert_eq!(sum(&rows, 1), [1_572_864, -262_144]);
            assert_eq!(sum(&rows, 0), [0, 0]);
            assert_eq!(sum(&rows, 2), [0, 0], "a piece without a row");
        }
    }

    #[test]
    fn damage_is_told() {
        let header = r#"{"e":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]}}"#;
        let whole = file(header, &[0; 8]);
        assert!(Rows::read(whole.clone()).is_ok());
        for cut in 0..whole.len() {
            assert!(Rows::read(whole[..cut].to_vec()).is_err(), "{cut}");
        }
        for (from, to, why) in [
            ("F16", "I64", "I64"),
            ("[2,2]", "[2,9]", "cut off"),
            ("[2,2]", "[0,2]", "0 × 2"),
            ("[2,2]", "[4]", "0 matrices"),
            ("[0,8]", "[8,0]", "cut off"),
            ("[2,2]", "[2,9999999999999999999]", "rows have"),
            ("[2,2]", "[4611686018427387904,1024]", "cut off"),
        ] {
            let told = Rows::read(file(&header.replace(from, to), &[0; 8])).err();
            assert!(told.as_ref().is_some_and(|told| told.contains(why)), "{to}: {told:?}");
        }
    }
}
