public import struct Foundation.Date
public import struct Foundation.TimeZone

extension CronExpression {
    /// The first time after `time` that matches, by the clocks of `zone`.
    ///
    /// Where clocks are set forward, a time of day that does not exist comes that much later: 02:30 becomes 03:30. Where they are set back,
    /// a time of day that comes twice matches once, the first time — except when the hour is not restricted at all, as in `*/10 * * * *`,
    /// which matches both times.
    /// - Returns: nil when nothing matches within sixty years, as for 30 February.
    public func next(after time: Timestamp, in zone: TimeZone) -> Timestamp? {
        let earliest = Int(time.seconds) + 1
        let horizon = earliest + Self.horizonSeconds
        // Clocks that changed within the last day still matter: the hours they skipped come now.
        var start = earliest - Self.longestShiftSeconds
        var offset = zone.offset(at: start)
        var previousOffset = offset
        while start < horizon {
            let end = max(zone.nextChange(after: start) ?? horizon, start + 1)
            let candidates = [
                skipped(at: start, from: previousOffset, to: offset, earliest: earliest),
                regular(from: start, to: end, offset: offset, previousOffset: previousOffset, earliest: earliest),
            ]
            if let found = candidates.compactMap({ $0 }).min() { return Timestamp(milliseconds: Int64(found) * 1000) }
            previousOffset = offset
            start = end
            offset = zone.offset(at: start)
        }
        return nil
    }

    private static let horizonSeconds = 60 * 366 * 86_400
    /// Samoa once skipped a whole day.
    private static let longestShiftSeconds = 26 * 3600

    /// The first match between two changes of the clock, in seconds since 1970.
    private func regular(from start: Int, to end: Int, offset: Int, previousOffset: Int, earliest: Int) -> Int? {
        var wall = max(start, earliest) + offset
        // Times that have been before the clocks were set back.
        if previousOffset > offset, hours.count < 24 { wall = max(wall, start + previousOffset) }
        return nextWall(from: wall, before: end + offset).map { $0 - offset }
    }

    /// The first match among times of day that the change of clocks at `start` skips, in seconds since 1970.
    private func skipped(at start: Int, from previousOffset: Int, to offset: Int, earliest: Int) -> Int? {
        guard offset > previousOffset else { return nil }
        return nextWall(from: max(start, earliest) + previousOffset, before: start + offset).map { $0 - previousOffset }
    }

    /// The first match on a calendar without zones, from `wall` on, as seconds since 1970-01-01 00:00 by that calendar.
    private func nextWall(from wall: Int, before limit: Int) -> Int? {
        guard wall < limit else { return nil }
        var (day, second) = (wall.flooringQuotient(86_400), wall.flooringRemainder(86_400))
        while day * 86_400 < limit {
            let date = CivilDate(daysSince1970: Int64(day))
            if !months.contains(date.month) {
                day = Int(date.nextMonth.daysSince1970)
            } else if matches(date), let time = nextTime(from: second) {
                let found = day * 86_400 + time
                return found < limit ? found : nil
            } else {
                day += 1
            }
            second = 0
        }
        return nil
    }

    private func matches(_ date: CivilDate) -> Bool {
        // As the reference has it, the week of `MON#2` restricts the date however it matches.
        if let occurrence = weekday.occurrence, (date.day - 1) / 7 + 1 != occurrence { return false }
        let isDay = day.matches(dayOf: date)
        let isWeekday = weekday.matches(weekdayOf: date)
        return !day.isOpen && !weekday.isOpen ? isDay || isWeekday : isDay && isWeekday
    }

    /// The first matching second of a day from `second` on.
    private func nextTime(from second: Int) -> Int? {
        let (hour, minute, rest) = (second / 3600, second / 60 % 60, second % 60)
        guard let nextHour = hours.next(from: hour) else { return nil }
        if nextHour == hour {
            if let nextMinute = minutes.next(from: minute) {
                if nextMinute == minute, let nextSecond = seconds.next(from: rest) { return hour * 3600 + minute * 60 + nextSecond }
                if let later = nextMinute == minute ? minutes.next(from: minute + 1) : nextMinute {
                    return firstSecond(hour: hour, minute: later)
                }
            }
            guard let later = hours.next(from: hour + 1) else { return nil }
            return firstSecond(hour: later, minute: minutes.next(from: 0))
        }
        return firstSecond(hour: nextHour, minute: minutes.next(from: 0))
    }

    private func firstSecond(hour: Int, minute: Int?) -> Int? {
        guard let minute, let second = seconds.next(from: 0) else { return nil }
        return hour * 3600 + minute * 60 + second
    }
}

extension CronField.Parsed {
    fileprivate func matches(dayOf date: CivilDate) -> Bool {
        if set.contains(date.day) || includesLastDay && date.isLastOfMonth { return true }
        guard includesLastWorkday || nearestWorkdays.count > 0, (1...5).contains(date.weekday) else { return false }
        let length = date.daysInMonth
        return includesLastWorkday && Self.workday(nearest: length, in: date) == date.day
            || (1...length).contains { nearestWorkdays.contains($0) && Self.workday(nearest: $0, in: date) == date.day }
    }

    fileprivate func matches(weekdayOf date: CivilDate) -> Bool {
        set.contains(date.weekday) || lastWeekdays.contains(date.weekday) && date.day + 7 > date.daysInMonth
    }

    /// The Monday to Friday nearest to day `day` of the month of `date`, without leaving that month.
    private static func workday(nearest day: Int, in date: CivilDate) -> Int {
        switch ((date.weekday + day - date.day) % 7 + 7) % 7 {
        case 6: day == 1 ? 3 : day - 1
        case 0: day == date.daysInMonth ? day - 2 : day + 1
        default: day
        }
    }
}

extension TimeZone {
    /// Seconds east of Greenwich.
    fileprivate func offset(at second: Int) -> Int {
        secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
    }

    /// When the clocks are changed next, in seconds since 1970.
    fileprivate func nextChange(after second: Int) -> Int? {
        nextDaylightSavingTimeTransition(after: Date(timeIntervalSince1970: Double(second))).map { Int($0.timeIntervalSince1970) }
    }
}

extension Int {
    fileprivate func flooringQuotient(_ divisor: Int) -> Int {
        Int(Int64(self).flooringDivision(by: Int64(divisor)))
    }

    fileprivate func flooringRemainder(_ divisor: Int) -> Int {
        self - flooringQuotient(divisor) * divisor
    }
}
