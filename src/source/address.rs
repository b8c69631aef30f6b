//! Addresses: which may be asked, and what of them may be written down.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// How far in a network address lies. A redirect may lead from anywhere to the outside, and within
/// one kind; never further in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    Public,
    /// A home or company network.
    Private,
    /// This machine.
    Loopback,
    /// This link only, where clouds keep credentials; unspecified, broadcast, reserved.
    Special,
}

/// How far in an address lies.
pub fn reach(ip: IpAddr) -> Reach {
    match ip {
        IpAddr::V4(ip) => reach4(ip),
        IpAddr::V6(ip) => reach6(ip),
    }
}

fn reach4(ip: Ipv4Addr) -> Reach {
    let [a, b, c, _] = ip.octets();
    if ip.is_loopback() {
        Reach::Loopback
    } else if ip.is_private() || (a == 100 && (64..128).contains(&b)) {
        Reach::Private
    } else if ip.is_link_local()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && matches!(b, 18 | 19))
    {
        Reach::Special
    } else {
        Reach::Public
    }
}

fn reach6(ip: Ipv6Addr) -> Reach {
    if ip.is_loopback() {
        return Reach::Loopback;
    }
    let parts = ip.segments();
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        reach4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        // Mapped, translated (RFC 6052) and 6to4: another way to say an address of IPv4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            embedded(high, low)
        }
        [0x2002, high, low, ..] => embedded(high, low),
        [0x64, 0xff9b, 1, ..] => Reach::Private,
        [first, ..] if first & 0xfe00 == 0xfc00 => Reach::Private,
        [first, ..] if first & 0xe000 == 0x2000 => Reach::Public,
        _ => Reach::Special,
    }
}

/// How far in a host lies that is written as an address, or is this machine by its name.
fn literal(url: &Url) -> Option<Reach> {
    match url.host()? {
        Host::Ipv4(ip) => Some(reach(ip.into())),
        Host::Ipv6(ip) => Some(reach(ip.into())),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            (name == "localhost" || name.ends_with(".localhost")).then_some(Reach::Loopback)
        }
    }
}

/// Whether a peer may be talked to, where the declared address led to one of `home`.
pub fn may_reach(home: Reach, peer: Reach) -> bool {
    peer == Reach::Public || peer == home
}

/// The address that a redirect leads to, if it may be followed; else why not. `home` is how far in
/// the host lies that was declared.
pub fn redirected(from: &Url, location: &str, home: Reach) -> Result<Url, String> {
    let to = from.join(location).map_err(|_| "a redirect to something that is no address")?;
    match (from.scheme(), to.scheme()) {
        ("http" | "https", "https") | ("http", "http") => {}
        ("https", "http") => return Err("a redirect from https to http".to_owned()),
        (_, other) => {
            let other: String = other.chars().take(20).collect();
            return Err(format!("a redirect to the scheme `{other}`"));
        }
    }
    match literal(&to) {
        Some(peer) if !may_reach(home, peer) => {
            Err(format!("a redirect to a {} address", word(peer)))
        }
        _ => Ok(to),
    }
}

/// What people call it.
pub fn word(reach: Reach) -> &'static str {
    match reach {
        Reach::Public => "public",
        Reach::Private => "private",
        Reach::Loopback => "loopback",
        Reach::Special => "link-local or reserved",
    }
}

/// Parameters that prove a right or die soon, in lower case; and beginnings of such.
const SECRETS: [&str; 26] = [
    "signature",
    "sig",
    "sign",
    "token",
    "access_token",
    "auth",
    "authorization",
    "key",
    "api_key",
    "apikey",
    "secret",
    "password",
    "expires",
    "expiry",
    "exp",
    "policy",
    "key-pair-id",
    "awsaccesskeyid",
    "googleaccessid",
    "hdnea",
    "hdnts",
    "se",
    "sp",
    "sv",
    "sr",
    "st",
];
const SECRET_HEADS: [&str; 6] = ["x-amz-", "x-goog-", "token-", "token_", "oauth_", "x-oss-"];

/// An address that lasts and proves nothing: without password, fragment, and parameters that sign.
/// What is left names a file for good.
pub fn lasting(url: &Url) -> String {
    let mut plain = url.clone();
    plain.set_fragment(None);
    // Addresses that cannot have these have none.
    let _ = plain.set_username("");
    let _ = plain.set_password(None);
    let secret = |name: &str| {
        let name = name.to_ascii_lowercase();
        SECRETS.contains(&name.as_str()) || SECRET_HEADS.iter().any(|head| name.starts_with(head))
    };
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !secret(name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    if url.query().is_some() {
        plain.set_query(None);
        if !kept.is_empty() {
            plain.query_pairs_mut().extend_pairs(kept);
        }
    }
    plain.into()
}

/// The same for a text from outside; none where it is not the address of a page.
pub fn lasting_text(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok()?;
    let web = matches!(url.scheme(), "http" | "https") && url.host().is_some();
    web.then(|| lasting(&url)).filter(|text| text.len() <= 2000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_sorted_by_how_far_in_they_lie() {
        for (text, expected) in [
            ("93.184.216.34", Reach::Public),
            ("2606:2800::1", Reach::Public),
            ("10.1.2.3", Reach::Private),
            ("172.31.0.1", Reach::Private),
            ("192.168.0.1", Reach::Private),
            ("100.64.0.1", Reach::Private),
            ("fd00::1", Reach::Private),
            ("127.0.0.53", Reach::Loopback),
            ("::1", Reach::Loopback),
            ("::ffff:127.0.0.1", Reach::Loopback),
            ("::ffff:10.0.0.1", Reach::Private),
            ("64:ff9b::7f00:1", Reach::Loopback),
            ("2002:a00:1::", Reach::Private),
            ("169.254.169.254", Reach::Special),
            ("fe80::1", Reach::Special),
            ("0.0.0.0", Reach::Special),
            ("::", Reach::Special),
            ("255.255.255.255", Reach::Special),
            ("224.0.0.1", Reach::Special),
        ] {
            assert_eq!(reach(text.parse().unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn redirects_lead_outwards() {
        let go = |from: &str, to: &str, home| redirected(&Url::parse(from).unwrap(), to, home);
        let good = [
            ("http://a.test/x", "/y", Reach::Public),
            ("http://a.test/x", "https://b.test/y", Reach::Public),
            ("http://127.0.0.1:80/x", "http://127.0.0.1:81/y", Reach::Loopback),
            ("http://127.0.0.1/x", "https://b.test/y", Reach::Loopback),
        ];
        for (from, to, home) in good {
            assert!(go(from, to, home).is_ok(), "{from} → {to}");
        }
        let bad = [
            ("http://a.test/x", "file:///etc/passwd", Reach::Public),
            ("http://a.test/x", "ftp://b.test/y", Reach::Public),
            ("https://a.test/x", "http://a.test/x", Reach::Public),
            ("http://a.test/x", "http://127.0.0.1/y", Reach::Public),
            ("http://a.test/x", "http://2130706433/y", Reach::Public),
            ("http://a.test/x", "http://0x7f.1/y", Reach::Public),
            ("http://a.test/x", "http://localhost./y", Reach::Public),
            ("http://a.test/x", "http://[::ffff:192.168.1.1]/", Reach::Public),
            ("http://127.0.0.1/x", "http://10.0.0.1/y", Reach::Loopback),
            ("http://10.0.0.1/x", "http://127.0.0.1/y", Reach::Private),
            ("http://10.0.0.1/x", "http://169.254.169.254/latest", Reach::Private),
        ];
        for (from, to, home) in bad {
            assert!(go(from, to, home).is_err(), "{from} → {to}");
        }
    }

    #[test]
    fn signatures_are_not_written_down() {
        let plain = |text: &str| lasting(&Url::parse(text).unwrap());
        assert_eq!(
            plain("https://u:p@a.test/x.mp4?id=3&X-Amz-Signature=abc&Expires=9&token-hash=q#t"),
            "https://a.test/x.mp4?id=3"
        );
        assert_eq!(plain("https://a.test/x.mp4?sig=1"), "https://a.test/x.mp4");
        assert_eq!(plain("https://a.test/x.mp4?a=1&b=2"), "https://a.test/x.mp4?a=1&b=2");
        assert_eq!(lasting_text("javascript:alert(1)"), None);
        assert_eq!(lasting_text("file:///etc/passwd"), None);
    }
}
