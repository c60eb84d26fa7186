import Foundation
import Primitives

/// A cron expression with its clocks, both checked.
struct CronSchedule {
    private let expression: CronExpression
    private let zone: TimeZone
    /// As the IANA database spells it, which other clients need.
    let zoneName: String

    init(_ pattern: String, timeZone name: String) throws(BullMQError) {
        do throws(CronError) {
            expression = try CronExpression(pattern)
        } catch {
            throw BullMQError(.invalidOptions, "cron expression \(pattern): \(error.message)")
        }
        guard let zoneName = TimeZone.ianaName(name), let zone = TimeZone(identifier: zoneName) else {
            throw BullMQError(.invalidOptions, "no time zone is called \(name); use an IANA name such as Europe/Berlin")
        }
        (self.zone, self.zoneName) = (zone, zoneName)
    }

    /// For a scheduler that is about to be stored, and that workers in several languages may advance.
    /// - Throws: ``BullMQError`` for a pattern that they would read as different times.
    func checkPortability() throws(BullMQError) {
        guard expression.isAmbiguous, let note = expression.portabilityNote else { return }
        throw BullMQError(.invalidOptions, "cron expression \(expression.text): \(note)")
    }

    func next(after time: Timestamp) -> Timestamp? {
        expression.next(after: time, in: zone)
    }
}
