import Foundation

/// What a process of ours finds around it.
enum ProcessExamination {
    static func findings() -> [Finding] { [openFiles, timeZones, unicode].compactMap(\.self) }

    /// A program that carries its own copy of these tables may have been built without them, and a small container may lack them.
    private static var timeZones: Finding {
        let zone = TimeZone(identifier: "Europe/Berlin")
        let winter = zone?.secondsFromGMT(for: Date(timeIntervalSince1970: 1_768_478_400))
        let summer = zone?.secondsFromGMT(for: Date(timeIntervalSince1970: 1_784_116_800))
        return .expecting(
            winter == 3600 && summer == 7200, "process.time-zones",
            winter == nil ? "none are known" : "Europe/Berlin is \((winter ?? 0) / 3600) and \((summer ?? 0) / 3600) hours ahead of UTC",
            remedy: "Install the time zone tables: apt-get install tzdata")
    }

    /// Passwords are compared in a normal form, so that every keyboard's spelling of one signs in.
    private static var unicode: Finding {
        let normal = "\u{FB01}\u{2460}\u{0041}\u{030A}".precomposedStringWithCompatibilityMapping
        return .expecting(
            Array(normal.utf8) == Array("fi1\u{00C5}".utf8), "process.unicode", "compatibility forms become \(normal)",
            remedy: "This build lacks Unicode tables: build it with `make release`, which links Foundation's.")
    }

    /// Every connection of a client is an open file.
    private static var openFiles: Finding? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        let count = Int(clamping: limit.rlim_cur)
        return .expecting(
            count >= 4096, "process.open-files", count == .max ? "unlimited" : "at most \(count)", else: .warning,
            remedy: "Allow more, as each client's connection needs one: `ulimit -n 65536`, or LimitNOFILE=65536 in a systemd unit.")
    }
}
