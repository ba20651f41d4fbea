import Adapters
import Deployments
import TestSupport
import Testing
import Upstream

/// Answers of every shipped adapter file, changed at random in their status line, headers and bodies: no change
/// makes a list shorter and lets it count as complete, unless it changes an identity or an operand of `keep`.
@Suite(.timeLimit(.minutes(10))) struct AnswerPropertyTests {
    static let headers: [(name: String, value: String)] = [
        ("x-total-count", "999"), ("x-total", "0"), ("x-wp-total", "1000000"), ("content-range", "0-0/999"),
        ("content-range", "items */999"), ("content-range", "pages 1"), ("x-total-pages", "99"),
        ("x-next-page", "2"), ("link", "</next?page=9>; rel=\"next\""), ("link", ",,,;rel=next"),
        ("age", "3600"),
        ("age", "-1"), ("retry-after", "5"), ("content-type", "text/html"), ("warning", "110 - stale"),
        ("etag", "W/\"\""), ("x-ratelimit-remaining", "0"), ("date", "yesterday"),
    ]
    static let statuses = [201, 202, 203, 204, 205, 206, 207, 208, 226, 299]

    @Test(arguments: ShippedManifestTests.files)
    func noStatusLineOrHeaderMakesAListShorterAndComplete(_ file: String) async throws {
        let lists = try await ShippedList.shipped.value[file] ?? []
        #expect(!lists.isEmpty)
        for list in lists {
            for status in [200] + Self.statuses {
                for header in Self.headers {
                    let fetch = try await list.fetch { response, _ in
                        response.status = status
                        response.headers.append(header)
                    }
                    #expect(list.shrunk(fetch) == [], "\(file) \(list.test.name) \(status) \(header)")
                    #expect(!fetch.provesAny || [200, 203].contains(status), "\(file) \(status)")
                }
            }
        }
    }

    /// A change of one answer: a status, a header and a byte, each or none.
    private struct Change: CustomStringConvertible {
        var hit: Int
        var status: Int?
        var header: (name: String, value: String)?
        var byte: (place: Int, value: UInt8)?

        init(using random: inout SeededGenerator) {
            // The first three answers, or all.
            hit = Int.random(in: 0..<4, using: &random)
            let kinds = Int.random(in: 1..<8, using: &random)
            if kinds & 1 != 0 { status = Int.random(in: 200..<600, using: &random) }
            if kinds & 2 != 0 {
                let name = AnswerPropertyTests.headers.randomElement(using: &random)?.name ?? ""
                header = (name, Self.value(using: &random))
            }
            if kinds & 4 != 0 {
                let place = Int.random(in: 0..<1 << 20, using: &random)
                // Mostly bytes that mean something in JSON.
                let marks = Array("\"{}[]:,0123456789 \\eEtfnulx\u{0}".utf8)
                let isMark = Bool.random(using: &random)
                byte = (place, isMark ? marks.randomElement(using: &random) ?? 0 : UInt8(place & 255))
            }
        }

        private static func value(using random: inout SeededGenerator) -> String {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: AnswerPropertyTests.headers.randomElement(using: &random)?.value ?? ""
            case 1: "\(Int.random(in: -1..<5, using: &random))"
            case 2:
                "items 0-\(Int.random(in: 0..<4, using: &random))/\(Int.random(in: 0..<4, using: &random))"
            default:
                String(
                    decoding: (0..<Int.random(in: 0..<9, using: &random)).map { _ in
                        UInt8.random(in: 0x20..<0x7F, using: &random)
                    }, as: UTF8.self)
            }
        }

        func apply(to response: inout UpstreamResponse, number: Int) {
            guard number == hit || hit == 3 else { return }
            if let status { response.status = status }
            if let header { response.headers.append(header) }
            if let byte, !response.body.isEmpty {
                response.body[byte.place % response.body.count] = byte.value
            }
        }

        var description: String {
            "answer \(hit), status \(status ?? 0), header \(header.map { "\($0)" } ?? "-"), "
                + "byte \(byte.map { "\($0)" } ?? "-")"
        }
    }

    @Test(arguments: ShippedManifestTests.files, 11..<13 as Range<UInt64>)
    func noStatusHeaderAndByteTogetherMakeAListShorterAndComplete(_ file: String, seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        for list in try await ShippedList.shipped.value[file] ?? [] {
            for _ in 0..<300 {
                let change = Change(using: &random)
                let fetch = try await list.fetch { response, number in
                    change.apply(to: &response, number: number)
                }
                #expect(list.shrunk(fetch) == [], "\(file) \(list.test.name), seed \(seed): \(change)")
            }
        }
    }
}
