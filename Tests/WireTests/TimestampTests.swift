import TestSupport
import Testing
import Wire

@Suite struct TimestampTests {
    private func read(_ text: String, zoneless: LocalZone? = nil) -> Timestamp.Reading? {
        var text = text
        return text.withUTF8 { Timestamp.read($0, zoneless: zoneless) }
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"),
        ("2026-01-31T08:30:15.25Z", "2026-01-31T08:30:15.250000Z"),
        ("2026-01-31t08:30:15z", "2026-01-31T08:30:15.000000Z"),
        ("2026-01-31 08:30:15+08:00", "2026-01-31T00:30:15.000000Z"),
        ("2026-01-31T08:30:15-03:30", "2026-01-31T12:00:15.000000Z"),
        ("2024-02-29T23:59:59.9999999Z", "2024-02-29T23:59:59.999999Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),
        ("2000-02-29T00:00:00-00:00", "2000-02-29T00:00:00.000000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("2026-01-31T08:30:15.123456789012345678901234567890Z", "2026-01-31T08:30:15.123456Z"),
    ])
    func readsAndWritesInUTCToTheMicrosecond(_ text: String, _ expected: String) {
        #expect(Timestamp(text)?.description == expected)
    }

    @Test(arguments: [
        "", "2026", "2026-01-31", "2026-01-31T08:30:15", "2026-1-31T08:30:15Z",
        "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-00-10T00:00:00Z",
        "2026-13-10T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T08:60:00Z",
        "2026-01-31T08:30:61Z", "2026-01-31T08:30:15.Z",
        "2026-01-31T08:30:15+8:00", "2026-01-31T08:30:15+24:00", "2026-01-31T08:30:15+08:60",
        "2026-01-31T08:30:15ZZ", " 2026-01-31T08:30:15Z", "2026-01-31T08:30:15Z ", "+2026-01-31T08:30:15Z",
        "２０２６-01-31T08:30:15Z", "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z", "2026-01-31T08:30:15−03:00",
    ])
    func refusesWhatIsNoInstant(_ text: String) {
        #expect(Timestamp(text) == nil)
        #expect(read(text, zoneless: 0)?.zoneAssumed != false)
    }

    /// Forms that platforms use and clients may not.
    @Test(arguments: [
        ("2026-01-31T08:30:15+0800", "2026-01-31T00:30:15.000000Z"),
        ("2026-01-31T08:30:15-03", "2026-01-31T11:30:15.000000Z"),
        ("2026-01-31 08:30:15 +00:00", "2026-01-31T08:30:15.000000Z"),
        ("2026-01-31 08:30:15.5 UTC", "2026-01-31T08:30:15.500000Z"),
        ("2026-01-31T08:30:15GMT", "2026-01-31T08:30:15.000000Z"),
        ("2026-01-31T08:30Z", "2026-01-31T08:30:00.000000Z"),
        ("2026-01-31 08:30+0100", "2026-01-31T07:30:00.000000Z"),
        ("2026-01-31T08:30:15,25Z", "2026-01-31T08:30:15.250000Z"),
        ("1769848215", "2026-01-31T08:30:15.000000Z"), ("1769848215.25", "2026-01-31T08:30:15.250000Z"),
        ("1769848215250", "2026-01-31T08:30:15.250000Z"), ("1769848215250750", "2026-01-31T08:30:15.250750Z"),
        ("1769848215250750999", "2026-01-31T08:30:15.250750Z"),
        ("1000000000", "2001-09-09T01:46:40.000000Z"), ("9999999999999", "2286-11-20T17:46:39.999000Z"),
    ])
    func readsFormsThatHaveOneMeaning(_ text: String, _ expected: String) {
        #expect(read(text)?.time.description == expected && read(text)?.zoneAssumed == false)
        #expect(read(text)?.meansNone == false)
        #expect(Timestamp(text) == nil)
    }

    @Test(arguments: [
        "0001-01-01T00:00:00Z", "0001-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+00:01",
        "0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00+08:00",
        "0000-00-00", "0000-00-00 00:00:00", "0000-00-00T00:00:00.000Z", "0", "-62135596800",
        "-62135596800000",
    ])
    func knowsTimesThatMeanNone(_ text: String) {
        #expect(read(text)?.meansNone == true)
    }

    @Test(arguments: [
        "1", "12", "-1", "20260131", "999999999", "10000000000", "999999999999", "1769848215.", ".5",
        "1769848215250.5.1", "17698482152507509999", "1e9", "+1769848215", "1769848215 ", "0000-00-01",
        "0000-00-00x", "2026-01-31T08", "2026-01-31T08:30:15 CET", "2026-01-31T08:30:15  Z",
        "2026-01-31T0830Z",
        "2026-01-31T08:30:15+0", "2026-01-31T08:30:15+08:0", "2026-01-31T08:30:15UTC+1", "31/01/2026 08:30",
    ])
    func refusesWhatHasNoMeaningOrSeveral(_ text: String) {
        #expect(read(text, zoneless: 0) == nil)
    }

    @Test func minutesWithoutAZoneAreInTheAssumedOne() {
        let reading = read("2026-01-31 08:30", zoneless: 28_800)
        #expect(reading?.time.description == "2026-01-31T00:30:00.000000Z" && reading?.zoneAssumed == true)
        #expect(read("2026-01-31 08:30") == nil)
    }

    @Test func aZoneIsAssumedOnlyWhereNoneStands() {
        let assumed = read("2026-01-31T08:30:15", zoneless: 28_800)
        #expect(assumed?.time.microseconds == 1_769_819_415_000_000 && assumed?.zoneAssumed == true)
        let named = read("2026-01-31T08:30:15Z", zoneless: 28_800)
        #expect(named?.time.microseconds == 1_769_848_215_000_000 && named?.zoneAssumed == false)
        #expect(read("2026-01-31T08:30:15", zoneless: .offset(.max)) == nil)
        #expect(read("2026-01-31T08:30:15", zoneless: .offset(.min)) == nil)
    }

    @Test(arguments: [
        ("2026-01-31", "2026-01-31T00:00:00.000000Z"), ("2026-02-30", nil), ("2026-01-31T", nil), ("", nil),
    ])
    func aDateIsItsMidnight(_ text: String, _ expected: String?) {
        #expect(Timestamp(date: text)?.description == expected)
    }

    @Test(
        arguments: [
            ("Z", 0), ("z", 0), ("+08:00", 28_800), ("-03:30", -12_600), ("+00:00", 0), ("+8", nil),
            ("08:00", nil),
            ("+08:00 ", nil), ("", nil),
        ] as [(String, Int?)])
    func readsZones(_ text: String, _ expected: Int?) {
        #expect(Timestamp.zoneOffset(text) == expected)
    }

    @Test(arguments: [
        (Int64.min, "0001-01-01T00:00:00.000000Z"), (-62_135_596_800_000_001, "0001-01-01T00:00:00.000000Z"),
        (253_402_300_800_000_000, "9999-12-31T23:59:59.999999Z"), (.max, "9999-12-31T23:59:59.999999Z"),
    ])
    func anInstantWithoutAYearIsWrittenAsTheNearest(_ microseconds: Int64, _ expected: String) {
        #expect(Timestamp(microseconds: microseconds).description == expected)
    }

    /// The oracle counts days one after another, month by month, without any formula.
    @Test func everyDayOfFourHundredYearsIsWhereCountingPutsIt() {
        var days: Int64 = -25_567  // 1900-01-01
        for year in 1900..<2300 {
            let leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
            for (index, length) in [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
                for day in 1...length {
                    let text = "\(year)-\(padded(index + 1))-\(padded(day))"
                    guard Timestamp(date: text)?.microseconds == days * 86_400_000_000,
                        Timestamp(microseconds: days * 86_400_000_000).description.hasPrefix(text)
                    else {
                        Issue.record("\(text) is not day \(days)")
                        return
                    }
                    days += 1
                }
            }
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func randomInstantsReadBackAndTheirTextsAreInOrder(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let range = -62_135_596_800_000_000...253_402_300_799_999_999 as ClosedRange<Int64>
        var instants = (0..<2000).map { _ in
            Timestamp(microseconds: .random(in: range, using: &random))
        }
        for instant in instants {
            try #require(Timestamp(instant.description) == instant, "seed \(seed), \(instant.microseconds)")
            try #require(instant.description.utf8.count == 27)
        }
        instants.sort()
        let strings = instants.map(\.description)
        #expect(strings == strings.sorted(), "seed \(seed)")
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func randomBytesAreNoInstantAndNeverCrash(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("0123456789-:.TZ+ tz".utf8) + [0xFF, 0]
        for _ in 0..<3000 {
            var bytes = Array("2026-01-31T08:30:15.250000+08:00".utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] =
                    alphabet.randomElement(using: &random) ?? 0
            }
            let cut = bytes.prefix(Int.random(in: 0...bytes.count, using: &random))
            let reading = Array(cut).withUnsafeBufferPointer { Timestamp.read($0, zoneless: 0) }
            guard let reading else { continue }
            #expect(Timestamp(reading.time.description) == reading.time, "\(cut)")
        }
    }

    private func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
