import Deployments
import Foundation
import HTTPFront
import Testing

/// The README's tables of fields and operators against the code's.
@Suite struct FilterReferenceTests {
    private static let begin =
        "<!-- made from the code: `ROLLCALL_WRITE_REFERENCE=1 swift test --filter FilterReferenceTests` -->\n"
    private static let end = "<!-- end of what is made from the code -->\n"

    @Test func theReadmeSaysWhatTheCodeDoes() throws {
        let readme = URL(filePath: #filePath).appending(path: "../../../../Sources/HTTPFront/README.md")
            .standardizedFileURL
        let text = try String(contentsOf: readme, encoding: .utf8)
        let begin = try #require(text.range(of: Self.begin)).upperBound
        let end = try #require(text.range(of: Self.end, range: begin..<text.endIndex)).lowerBound
        if ProcessInfo.processInfo.environment["ROLLCALL_WRITE_REFERENCE"] == "1" {
            try text.replacingCharacters(in: begin..<end, with: FilterReference.markdown(of: .deployments))
                .write(to: readme, atomically: true, encoding: .utf8)
        } else {
            #expect(
                text[begin..<end] == FilterReference.markdown(of: .deployments),
                "write it anew: ROLLCALL_WRITE_REFERENCE=1 swift test --filter FilterReferenceTests")
        }
    }
}
