extension CivilDate {
    /// 0 is Sunday. 1970-01-01 was a Thursday.
    var weekday: Int { Int(daysSince1970 + 4 - (daysSince1970 + 4).flooringDivision(by: 7) * 7) }

    var daysInMonth: Int { Int(Self.days(inMonth: Int64(month), year: year)) }

    var isLastOfMonth: Bool { day == daysInMonth }

    /// The first day of the month after this one.
    var nextMonth: CivilDate {
        month == 12 ? CivilDate(year: year + 1, month: 1, day: 1) : CivilDate(year: year, month: month + 1, day: 1)
    }

    /// How many days a month has in a leap year.
    static func longestMonth(_ month: Int) -> Int { Int(days(inMonth: Int64(month), year: 2000)) }
}
