import Foundation
import Primitives

/// What the operating system knows of this process, under the names that Prometheus clients use for it.
enum ProcessMetrics {
    static func write(to text: inout PrometheusText) {
        text.family("mainstay_build_info", .gauge, "Always 1; the label says which version runs.")
        text.sample("mainstay_build_info", 1, ["version": Version.current])
        if let seconds = processorSeconds() {
            text.family("process_cpu_seconds_total", .counter, "User and system time, in seconds.")
            text.sample("process_cpu_seconds_total", seconds)
        }
        if let fields = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " "), fields.count > 1,
            let pages = Int(fields[1])
        {
            text.family("process_resident_memory_bytes", .gauge, "Memory in use.")
            text.sample("process_resident_memory_bytes", pages * Int(sysconf(Int32(_SC_PAGESIZE))))
        }
        if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            text.family("process_open_fds", .gauge, "Files and sockets open.")
            text.sample("process_open_fds", files.count)
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            text.family("process_max_fds", .gauge, "Files and sockets that may be open.")
            text.sample("process_max_fds", Int(clamping: limit.rlim_cur))
        }
        if let start = startTime() {
            text.family("process_start_time_seconds", .gauge, "Start, in seconds since 1970.")
            text.sample("process_start_time_seconds", start)
        }
    }

    private static var ticksPerSecond: Double { Double(sysconf(Int32(_SC_CLK_TCK))) }

    /// The fields of `/proc/self/stat` after the program's name, which may hold anything; the first of them is field 3 of proc(5).
    private static func statistics() -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8), let end = text.lastIndex(of: ")") else {
            return nil
        }
        return text[end...].dropFirst(2).split(separator: " ")
    }

    private static func processorSeconds() -> Double? {
        guard let fields = statistics(), fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
            return nil
        }
        return (user + system) / ticksPerSecond
    }

    private static func startTime() -> Double? {
        guard let fields = statistics(), fields.count > 19, let ticks = Double(fields[19]),
            let boot = try? String(contentsOfFile: "/proc/stat", encoding: .utf8).split(separator: "\n").first(where: {
                $0.hasPrefix("btime ")
            }),
            let booted = Double(boot.dropFirst(6))
        else { return nil }
        return booted + ticks / ticksPerSecond
    }
}
