import Foundation
import Primitives

/// A cron expression with its clocks, both checked.
struct CronSchedule {
    private let expression: CronExpression
    private let zone: TimeZone

    init(_ pattern: String, timeZone name: String) throws(BullMQError) {
        do throws(CronError) {
            expression = try CronExpression(pattern)
        } catch {
            throw BullMQError(.invalidOptions, "cron expression \(pattern): \(error.message)")
        }
        guard let zone = TimeZone(identifier: name) else {
            throw BullMQError(.invalidOptions, "no time zone is called \(name); use an IANA name such as Europe/Berlin")
        }
        self.zone = zone
    }

    func next(after time: Timestamp) -> Timestamp? {
        expression.next(after: time, in: zone)
    }
}
