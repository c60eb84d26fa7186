#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A server left behind by a supervisor that was itself killed with -9. The caller holds the folder's lock, so no other process owns it.
enum StaleServer {
    /// Stops the server named in `pidFile` if it lives and works in `folder`; then removes the file, stale or not: its number may
    /// by now be another program's, which PostgreSQL would take for a running server and refuse to start.
    static func clear(pidFile: String, workingIn folder: String, signal: Int32) async throws(DevServicesError) {
        guard let text = try? String(contentsOfFile: pidFile, encoding: .utf8) else { return }
        let pid = text.split(separator: "\n").first.flatMap { pid_t($0.trimmingSpaces) }
        if let pid, pid > 1, works(pid, in: folder) { try await stop(pid, in: folder, signal: signal) }
        unlink(pidFile)
    }

    private static func stop(_ pid: pid_t, in folder: String, signal: Int32) async throws(DevServicesError) {
        for (signal, patience) in [(signal, Duration.seconds(20)), (SIGQUIT, .seconds(5)), (SIGKILL, .seconds(5))] {
            kill(pid, signal)
            // A stopped process takes no other signal but KILL.
            ServerProcesses(root: pid).resume()
            let deadline = ContinuousClock.now + patience
            while ContinuousClock.now < deadline {
                guard works(pid, in: folder) else { return }
                try await sleep(.milliseconds(50))
            }
        }
        throw DevServicesError(.startFailed, "Process \(pid) of an earlier run in \(folder) does not stop.")
    }

    /// Whether the process lives and has `folder` as its working directory, as both servers have.
    static func works(_ pid: pid_t, in folder: String) -> Bool {
        guard processExists(pid) else { return false }
        #if os(Linux)
        return realPath("/proc/\(pid)/cwd") == folder
        #else
        var info = proc_vnodepathinfo()
        let size = Int32(MemoryLayout<proc_vnodepathinfo>.size)
        guard proc_pidinfo(pid, PROC_PIDVNODEPATHINFO, 0, &info, size) == size else { return false }
        return withUnsafeBytes(of: &info.pvi_cdir.vip_path) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) } == folder
        #endif
    }
}

extension Substring {
    var trimmingSpaces: String { String(self).trimmed }
}
