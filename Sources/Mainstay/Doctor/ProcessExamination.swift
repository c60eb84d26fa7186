#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What the operating system lets a process of ours do.
enum ProcessExamination {
    static func findings() -> [Finding] { [openFiles].compactMap(\.self) }

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
