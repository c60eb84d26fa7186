import Testing

@testable import HTTPDelivery

/// URLs that are refused as they stand, before any name is resolved.
extension HostileDestination {
    static let users: [HostileDestination] = [
        ("user that looks like the host", "http://public.example@127.0.0.1:PORT/"), ("user and password", "http://a:b@127.0.0.1:PORT/"),
        ("password alone", "http://:b@127.0.0.1:PORT/"), ("empty user", "http://@127.0.0.1:PORT/"),
        ("two at signs", "http://a@b@127.0.0.1:PORT/"), ("encoded at sign", "http://public.example%40127.0.0.1:PORT/"),
        ("credentials for a public host", "http://key:secret@public.example/"),
    ].map { HostileDestination("user, \($0.0)", $0.1, .invalidURL) }

    static let schemes: [HostileDestination] = [
        "file:///etc/passwd", "file://127.0.0.1/etc/passwd", "ftp://127.0.0.1:PORT/", "gopher://127.0.0.1:PORT/_x",
        "dict://127.0.0.1:PORT/d",
        "ldap://127.0.0.1:PORT/", "smb://127.0.0.1/share", "telnet://127.0.0.1:PORT/", "tftp://127.0.0.1:PORT/x", "scp://127.0.0.1:PORT/x",
        "imap://127.0.0.1:PORT/", "smtp://127.0.0.1:PORT/", "rtsp://127.0.0.1:PORT/", "mqtt://127.0.0.1:PORT/", "ws://127.0.0.1:PORT/",
        "data:text/plain,x", "javascript:alert(1)", "jar:http://127.0.0.1:PORT/!/", "url:http://127.0.0.1:PORT/", "unix:///run/docker.sock",
        "http+unix://%2Frun%2Fdocker.sock/", "HTTP+http://127.0.0.1:PORT/", "127.0.0.1:PORT/", "localhost:PORT/", "//127.0.0.1:PORT/",
        "/etc/passwd", "",
    ].map { HostileDestination("scheme", $0, .invalidURL) }

    static let ports: [HostileDestination] = [
        ("0", "http://127.0.0.1:0/"), ("0, padded", "http://127.0.0.1:0000/"), ("65536", "http://127.0.0.1:65536/"),
        ("six digits", "http://127.0.0.1:6PORT/"), ("overflow", "http://127.0.0.1:18446744073709551696/"),
        ("negative", "http://127.0.0.1:-1/"), ("signed", "http://127.0.0.1:+80/"), ("hexadecimal", "http://127.0.0.1:0x50/"),
        ("a word", "http://127.0.0.1:http/"), ("two", "http://127.0.0.1:PORT:80/"), ("behind IPv6 without colon", "http://[::1]PORT/"),
    ].map { HostileDestination("port, \($0.0)", $0.1, .invalidURL) }

    static let bytes: [HostileDestination] = [
        ("line break in the path", "http://127.0.0.1:PORT/ HTTP/1.1\r\nX-Injected: 1\r\n\r\n"),
        ("line feed", "http://127.0.0.1:PORT/\nfoo"),
        ("carriage return", "http://127.0.0.1:PORT/\rfoo"), ("tab in the host", "http://127.0\t.0.1:PORT/"),
        ("space before", " http://127.0.0.1:PORT/"),
        ("space in the host", "http://public.example 127.0.0.1:PORT/"), ("zero in the host", "http://127.0.0.1\0.public.example:PORT/"),
        ("delete character", "http://127.0.0.1\u{7f}:PORT/"), ("encoded line break in the host", "http://127.0.0.1%0d%0aX:PORT/"),
        ("encoded zero in the host", "http://127.0.0.1%00.public.example:PORT/"),
        ("encoded space in the host", "http://127.0.0.1%20:PORT/"),
        ("encoded twice", "http://%2531%2532%2537.0.0.1:PORT/"), ("full-width digits", "http://１２７.0.0.1:PORT/"),
        ("full-width digits, encoded", "http://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1:PORT/"), ("circled digits", "http://①②⑦.⓪.⓪.①:PORT/"),
        ("circled digits, encoded", "http://%E2%91%A0%E2%91%A1%E2%91%A6.0.0.1:PORT/"), ("ideographic dots", "http://127。0。0。1:PORT/"),
        ("ideographic dots, encoded", "http://127%E3%80%820%E3%80%820%E3%80%821:PORT/"), ("full-width letters", "http://ｌｏｃａｌｈｏｓｔ:PORT/"),
        ("soft hyphen, encoded", "http://local%C2%ADhost:PORT/"), ("bytes that are not UTF-8, encoded", "http://%FFlocalhost:PORT/"),
    ].map { HostileDestination("bytes, \($0.0)", $0.1, .invalidURL) }

    /// Parsers disagree where the host of these begins or ends.
    static let confusions: [HostileDestination] =
        [
            ("backslashes", "http:\\\\127.0.0.1:PORT\\"), ("backslash before an at sign", "http://public.example\\@127.0.0.1:PORT/"),
            ("encoded slash", "http://127.0.0.1%2f.public.example:PORT/"), ("encoded hash", "http://127.0.0.1%23.public.example:PORT/"),
            ("encoded question mark", "http://127.0.0.1%3f.public.example:PORT/"), ("no slashes", "http:127.0.0.1:PORT/"),
            ("one slash", "http:/127.0.0.1:PORT/"), ("three slashes", "http:///127.0.0.1:PORT/"), ("no host", "http://:PORT/"),
            ("query without host", "http://?127.0.0.1"), ("open bracket", "http://[::1:PORT/"),
            ("IPv4 in brackets", "http://[127.0.0.1]:PORT/"),
            ("name behind brackets", "http://[::1].public.example:PORT/"), ("future address", "http://[v1.127.0.0.1]:PORT/"),
            ("address with final dot", "http://127.0.0.1.:PORT/"), ("address of five parts", "http://127.0.0.1.1:PORT/"),
            ("part beyond 255", "http://127.0.0.257:PORT/"), ("number beyond 32 bits", "http://6425673729:PORT/"),
            ("digit beyond octal", "http://0189.0.0.1:PORT/"), ("number behind a name", "http://public.example.127:PORT/"),
            ("hexadecimal number behind a name", "http://public.example.0x7f:PORT/"), ("name in brackets", "http://[localhost]:PORT/"),
            ("braces", "http://{127.0.0.1,public.example}:PORT/"),
        ].map { HostileDestination("confusion, \($0.0)", $0.1, .invalidURL) }
        + [
            HostileDestination("confusion, public name in the fragment", "http://127.0.0.1:PORT#@public.example/", reachesLoopback: true),
            HostileDestination("confusion, public name in the query", "http://127.0.0.1:PORT?@public.example/", reachesLoopback: true),
            HostileDestination("confusion, public name in the path", "http://127.0.0.1:PORT/@public.example/", reachesLoopback: true),
            HostileDestination("confusion, scheme in upper case", "HTTP://127.0.0.1:PORT/", reachesLoopback: true),
            HostileDestination("confusion, dot segments", "http://127.0.0.1:PORT/../..//public.example", reachesLoopback: true),
        ]
}
