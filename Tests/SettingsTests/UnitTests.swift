import Settings
import Testing

/// Durations and sizes: never a bare number.
@Suite struct UnitTests {
    @Test(
        arguments: [
            ("500ms", .milliseconds(500)), ("30s", .seconds(30)), ("5m", .seconds(300)),
            ("24h", .seconds(86_400)), ("7d", .seconds(604_800)), ("0s", .zero),
            ("1000000000d", .seconds(86_400_000_000_000)), ("\"30s\"", .seconds(30)),
        ] as [(String, Duration)])
    func aDurationHasAUnit(_ text: String, _ value: Duration) {
        let read = ReadingFile.value(of: text) { $0.duration() }
        #expect(read.value == value)
        #expect(read.told == [])
    }

    @Test(arguments: [
        "30", "0", "s", "1.5s", "-1s", "30 s", "30S", "1w", "1us", "1000000001s", "99999999999999999999s",
    ])
    func whatIsNoDurationIsRefused(_ text: String) {
        let read = ReadingFile.value(of: text) { $0.duration() }
        #expect(read.value == nil)
        #expect(
            read.told == [
                "file.yaml:1: key: must be a duration with its unit, such as 500ms, 30s, 5m, 24h or 7d, "
                    + "not `\(text)`"
            ])
        #expect(Duration(setting: text) == nil)
    }

    @Test(arguments: [
        ("512B", 512), ("1KiB", 1024), ("64MiB", 67_108_864), ("1GiB", 1_073_741_824),
    ])
    func aSizeHasAUnit(_ text: String, _ value: Int) {
        let read = ReadingFile.value(of: text) { $0.byteCount() }
        #expect(read.value == value)
        #expect(read.told == [])
    }

    @Test(arguments: ["64", "0B", "-1KiB", "1.5MiB", "64MB", "64 MiB", "64mib", "MiB", "1TiB"])
    func whatIsNoSizeIsRefused(_ text: String) {
        let read = ReadingFile.value(of: text) { $0.byteCount() }
        #expect(read.value == nil)
        #expect(
            read.told == [
                "file.yaml:1: key: must be a size with its unit, such as 512KiB or 64MiB, not `\(text)`"
            ])
    }

    @Test func aSizeThatNoNumberHoldsIsRefused() {
        let read = ReadingFile.value(of: "9223372036854775807KiB") { $0.byteCount() }
        #expect(read.value == nil)
        #expect(
            read.told == ["file.yaml:1: key: must be a size below 8 EiB, not `9223372036854775807KiB`"])
    }
}
