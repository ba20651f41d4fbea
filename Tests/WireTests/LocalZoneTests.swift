import Foundation
import TestSupport
import Testing
import Wire

/// Local times of named zones.
@Suite struct LocalZoneTests {
    private func read(_ text: String, _ zone: String) throws -> String? {
        let zone = try #require(LocalZone(zone), "\(zone) is not in /usr/share/zoneinfo: install tzdata")
        var text = text
        return text.withUTF8 { Timestamp.read($0, zoneless: zone)?.time.description }
    }

    @Test(arguments: [
        ("2026-01-31T08:30:00", "Asia/Shanghai", "2026-01-31T00:30:00.000000Z"),
        ("1988-07-01T12:00:00", "Asia/Shanghai", "1988-07-01T03:00:00.000000Z"),
        ("2026-07-01T12:00:00", "Europe/Berlin", "2026-07-01T10:00:00.000000Z"),
        ("2026-12-01T12:00:00", "Europe/Berlin", "2026-12-01T11:00:00.000000Z"),
        ("2026-10-25T01:59:59", "Europe/Berlin", "2026-10-24T23:59:59.000000Z"),
        ("2026-10-25T03:00:00", "Europe/Berlin", "2026-10-25T02:00:00.000000Z"),
        // Beyond what the file lists: its rule for the future.
        ("2060-07-01T12:00:00", "Europe/Berlin", "2060-07-01T10:00:00.000000Z"),
        ("2060-12-01T12:00:00", "America/New_York", "2060-12-01T17:00:00.000000Z"),
        ("2026-03-08T03:00:00", "America/New_York", "2026-03-08T07:00:00.000000Z"),
        ("2026-01-31 08:30", "Asia/Kolkata", "2026-01-31T03:00:00.000000Z"),
        ("2026-01-31T08:30:00", "UTC", "2026-01-31T08:30:00.000000Z"),
        ("2026-01-31T08:30:00", "+08:00", "2026-01-31T00:30:00.000000Z"),
        // A zone in the text is the zone.
        ("2026-10-25T02:30:00Z", "Europe/Berlin", "2026-10-25T02:30:00.000000Z"),
    ])
    func aLocalTimeIsAnInstant(_ text: String, _ zone: String, _ expected: String) throws {
        #expect(try read(text, zone) == expected)
    }

    @Test(arguments: [
        ("2026-03-29T02:30:00", "Europe/Berlin"), ("2026-03-08T02:00:00", "America/New_York"),
        ("2060-03-28T02:30:00", "Europe/Berlin"),
    ])
    func aTimeThatNeverIsIsNone(_ text: String, _ zone: String) throws {
        #expect(try read(text, zone) == nil)
    }

    @Test(arguments: [
        ("2026-10-25T02:00:00", "Europe/Berlin"), ("2026-10-25T02:59:59", "Europe/Berlin"),
        ("2026-11-01T01:30:00", "America/New_York"), ("2026-04-05T01:45:00", "Australia/Lord_Howe"),
    ])
    func aTimeThatIsTwiceIsNone(_ text: String, _ zone: String) throws {
        #expect(try read(text, zone) == nil)
    }

    @Test(arguments: [
        "", "Asia", "asia/shanghai", "Mars/Phobos", "../etc/passwd", "Asia/../Asia/Shanghai",
        "/Asia/Shanghai",
        "Asia/Shanghai/", "Asia//Shanghai", "tzdata.zi", "+8", "Asia/Shanghai\u{0}",
    ])
    func otherTextsAreNoZones(_ text: String) { #expect(LocalZone(text) == nil) }

    /// The offsets of Foundation, which reads another copy of the database.
    @Test(arguments: [
        "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata",
    ])
    func offsetsAreThoseOfFoundation(_ name: String) throws {
        let zone = try #require(LocalZone(name))
        let other = try #require(TimeZone(identifier: name))
        var random = SeededGenerator(seed: 17)
        var unclear = 0
        for _ in 0..<2000 {
            let time = Int64.random(in: 100_000_000...3_500_000_000, using: &random)
            let offset = other.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time)))
            guard let found = zone.offset(ofLocal: time + Int64(offset)) else {
                unclear += 1
                continue
            }
            #expect(found == offset, "\(name) at \(time)")
        }
        #expect(unclear < 10)
    }

    @Test func aCutFileIsNoZone() throws {
        let file = [UInt8](try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/Europe/Berlin")))
        #expect(ZoneRules(file: file) != nil)
        for count in 0..<min(file.count, 4000) where count % 7 == 0 {
            _ = ZoneRules(file: Array(file.prefix(count)))
        }
        #expect(ZoneRules(file: Array(file.prefix(100))) == nil)
        #expect(ZoneRules(file: Array("TZif".utf8) + file.dropFirst(4).prefix(0)) == nil)
    }
}
