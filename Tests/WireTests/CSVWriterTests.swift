import TestSupport
import Testing
import Wire

@Suite struct CSVWriterTests {
    @Test(arguments: [
        ("plain", "plain"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\nb", "\"a\nb\""), ("", ""),
        ("a\rb", "\"a\rb\""), ("a\r\nb", "\"a\r\nb\""), (" a ", " a "), ("'a'", "'a'"),
        ("=1+1", "\"'=1+1\""), ("+1", "\"'+1\""), ("-1", "\"'-1\""), ("@SUM(A1)", "\"'@SUM(A1)\""),
        ("\t=1", "\"'\t'=1\""), ("\r=1", "\"'\r'=1\""), ("\n=1", "\"'\n'=1\""), ("a=1", "a=1"),
        ("a\n=1", "\"a\n'=1\""), ("a\r\n@b", "\"a\r\n'@b\""), ("a\n- b\n\nc\n\td", "\"a\n'- b\n\nc\n\td\""),
        ("a\n \"=1", "\"a\n' \"\"=1\""),
        (" =1", "\"' =1\""), ("  '+1", "\"'  '+1\""), ("\"=1\"", "\"'\"\"=1\"\"\""),
        ("'\" @x", "\"''\"\" @x\""),
        ("＝1+1", "\"'＝1+1\""), ("＋1", "\"'＋1\""), ("－1", "\"'－1\""), (" ＠x", "\"' ＠x\""), ("模=1", "模=1"),
        ("Ａ=1", "Ａ=1"), ("=", "\"'=\""), ("-", "\"'-\""), ("\"", "\"\"\"\""), (" ", " "),
        (
            "=HYPERLINK(\"x\",\"y\")",
            "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""
        ), ("模,型", "\"模,型\""), ("🎙️", "🎙️"),
        ("a;=1", "\"a;'=1\""), ("a\t=1", "\"a\t'=1\""), ("a;b;c", "a;b;c"), ("a,=1", "\"a,=1\""),
        ("a; \"@x", "\"a;' \"\"@x\""), ("a;-1;+b;c=d", "\"a;'-1;'+b;c=d\""), ("=1;=2", "\"'=1;'=2\""),
        ("a;＝1", "\"a;'＝1\""), ("a;", "a;"), ("a;\t=1", "\"a;'\t'=1\""), ("a\tb", "a\tb"),
    ])
    func aCellIsQuotedAndNeverRun(_ text: String, _ cell: String) {
        #expect(line { $0.text(text) } == cell + ",z\r\n")
    }

    @Test(
        arguments: [
            (-5, "-5"), (0, "0"), (1.5, "1.5"), (-0.25, "-0.25"), (9_007_199_254_740_992, "9007199254740992"),
            (1e20, "1e+20"), (.nan, ""), (.infinity, ""),
        ] as [(Double, String)])
    func aNumberIsNoFormulaAndPlain(_ number: Double, _ cell: String) {
        #expect(line { $0.number(number) } == cell + ",z\r\n")
    }

    @Test func aLineIsCellsBetweenCommasAndALineWithoutAByteIsNone() {
        var csv = CSVWriter()
        csv.null()
        csv.bool(true)
        csv.bool(false)
        csv.time(Timestamp(microseconds: 1_500_000))
        csv.null()
        csv.endLine()
        csv.null()
        csv.endLine()
        csv.null()
        csv.null()
        csv.endLine()
        #expect(text(csv) == ",true,false,1970-01-01T00:00:01.500000Z,\r\n\"\"\r\n,\r\n")
        csv.clear()
        csv.null()
        csv.endLine()
        #expect(text(csv) == "\"\"\r\n")
    }

    @Test(arguments: [61, 62] as [UInt64])
    func whateverIsWrittenReadsBack(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = ["=", "'", "\"", ",", "\r", "\n", " ", "a", "模", "-", "1"]
        for _ in 0..<300 {
            let cells = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                (0..<Int.random(in: 0...5, using: &random))
                    .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            }
            let line = line { csv in for cell in cells { csv.text(cell) } }
            // A cell may gain an apostrophe, at its beginning or a line's, and no other change.
            let read = cellsRead(from: line)
            #expect(read.count == cells.count + 1 && read.last == "z", "seed \(seed): \(cells)")
            for (cell, back) in zip(cells, read) {
                #expect(isSame(back, but: "'", cell), "seed \(seed): \(cells)")
                let begin = back.unicodeScalars.drop { " \"".unicodeScalars.contains($0) }.first
                #expect(!["=", "-", "\r", "\n"].contains(begin), "seed \(seed): \(cells)")
            }
        }
    }

    @Test(arguments: [63, 64] as [UInt64])
    func noCellRunsWhereTheReaderSeparatesByOtherSigns(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = ["=", "@", "'", "\"", ",", ";", "\t", " ", "a", "＋", "-", "1", "\n", "\r"]
        for _ in 0..<500 {
            let cells = (0..<3).map { _ in
                (0..<Int.random(in: 0...6, using: &random))
                    .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            }
            let line = line { csv in for cell in cells { csv.text(cell) } }
            for separator in [";", "\t"] as [Unicode.Scalar] {
                let ends: Set<Unicode.Scalar> = [separator, "\n", "\r"]
                for cell in line.unicodeScalars.split(whereSeparator: { ends.contains($0) }) {
                    let begin = cell.drop { " \"".unicodeScalars.contains($0) }.first
                    #expect(!["=", "@", "＋", "-"].contains(begin), "seed \(seed): \(cells)")
                }
            }
        }
    }

    /// True if a string is another one except for a sign before some of its lines.
    private func isSame(_ text: String, but sign: Unicode.Scalar, _ other: String) -> Bool {
        func lines(_ text: String) -> [Substring.UnicodeScalarView] {
            text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r" }
        }
        let (lines, others) = (lines(text), lines(other))
        guard lines.count == others.count,
            text.unicodeScalars.filter({ $0 == "\r" }).count
                == other.unicodeScalars.filter({ $0 == "\r" }).count
        else { return false }
        return zip(lines, others).allSatisfy { line, other in
            line.elementsEqual(other) || line.first == sign && line.dropFirst().elementsEqual(other)
        }
    }

    /// A line that ends with a cell of `z`.
    private func line(_ body: (inout CSVWriter) -> Void) -> String {
        var csv = CSVWriter()
        body(&csv)
        csv.text("z")
        csv.endLine()
        return text(csv)
    }

    private func text(_ csv: CSVWriter) -> String { String(decoding: csv.bytes, as: UTF8.self) }

    /// One line's cells, by the letter of RFC 4180.
    private func cellsRead(from line: String) -> [String] {
        var cells: [String] = []
        var cell = ""
        var rest = Array(line.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"" where cell.isEmpty:
                while let inner = rest.popFirst() {
                    if inner != "\"" {
                        cell.unicodeScalars.append(inner)
                    } else if rest.first == "\"" {
                        cell.unicodeScalars.append(inner)
                        rest = rest.dropFirst()
                    } else {
                        break
                    }
                }
            case ",":
                cells.append(cell)
                cell = ""
            case "\r" where rest == ["\n"]: return cells + [cell]
            default: cell.unicodeScalars.append(scalar)
            }
        }
        return cells
    }
}
