import Deployments
import Testing
import Wire

@testable import rollcall

@Suite struct DeploymentTableTests {
    @Test func aWideTerminalShowsEveryColumn() {
        #expect(
            lines(width: 120) == [
                "STATUS        NAME             MODEL                 SOURCE     WORKSPACE            REPLICAS  ACCELERATOR  AGE  UPDATED",
                "READY         llama-3.1-8b     meta/llama-3.1-8b-i…  research   research-team-alpha  -         -            3d   5s",
                "UPDATING      通义千问-72b     qwen2.5-72b-instruct  ali        -                    4/8 MU1   -            3d   -",
                "READY (idle)  whisper 🎙 large  openai/whisper-larg…  deepinfra  -                    0/0       0×H100-80GB  3d   -",
                "FAILED        bad�[2J name     -                     research   -                    -         -            -    -",
            ])
    }

    @Test func theUsualTerminalShowsWhatMatters() {
        #expect(
            lines(width: 80) == [
                "STATUS        NAME             MODEL                    SOURCE     REPLICAS  AGE",
                "READY         llama-3.1-8b     meta/llama-3.1-8b-inst…  research   -         3d",
                "UPDATING      通义千问-72b     qwen2.5-72b-instruct     ali        4/8 MU1   3d",
                "READY (idle)  whisper 🎙 large  openai/whisper-large-v…  deepinfra  0/0       3d",
                "FAILED        bad�[2J name     -                        research   -         -",
            ])
    }

    @Test func aNarrowTerminalShowsWhoIsWell() {
        #expect(
            lines(width: 40) == [
                "STATUS        NAME             SOURCE",
                "READY         llama-3.1-8b     research",
                "UPDATING      通义千问-72b     ali",
                "READY (idle)  whisper 🎙 large  deepinfra",
                "FAILED        bad�[2J name     research",
            ])
    }

    @Test func aFileGetsEveryColumnUncut() {
        #expect(
            lines(width: nil)[3]
                == "READY (idle)  whisper 🎙 large  openai/whisper-large-v3-with-a-very-long-name-that-does-not-fit-"
                + "anywhere  deepinfra  -                    0/0       0×H100-80GB  3d   -")
    }

    @Test(arguments: 1...200)
    func noLineIsWiderThanTheTerminal(_ width: Int) {
        let widest = lines(width: width).map(\.displayWidth).max() ?? 0
        #expect(widest <= max(width, DeploymentTable.leastWidth))
    }

    @Test func colorIsAroundTheStatusAlone() {
        let lines = DeploymentTable(width: 40, usesColor: true, now: noon).lines(exampleRows)
        #expect(lines[0].hasPrefix("\u{1B}[1mSTATUS\u{1B}[0m        \u{1B}[1mNAME"))
        #expect(lines[1] == "\u{1B}[32mREADY\u{1B}[0m         llama-3.1-8b     research")
        #expect(lines[4] == "\u{1B}[31mFAILED\u{1B}[0m        bad�[2J name     research")
    }

    @Test func versionsOfADeploymentCanBeToldApart() {
        let versions = [nil, 7, 12].map { number in
            var row = exampleRows[0]
            (row.version, row.latest) = (number, number == 12)
            return row
        }
        let lines = DeploymentTable(width: 41, usesColor: false, now: noon).lines(versions + [exampleRows[3]])
        #expect(
            lines == [
                "STATUS  NAME          VERSION  SOURCE", "READY   llama-3.1-8b  - (old)  research",
                "READY   llama-3.1-8b  7 (old)  research", "READY   llama-3.1-8b  12       research",
                "FAILED  bad�[2J name  -        research",
            ])
    }

    @Test(arguments: 1...200)
    func versionsCanBeToldApartInAnyTerminal(_ width: Int) {
        let versions = [1, 12].map { number in
            var row = exampleRows[2]
            (row.version, row.latest) = (number, number == 12)
            return row
        }
        let lines = DeploymentTable(width: width, usesColor: false, now: noon).lines(versions)
        #expect(lines[1].contains(" 1 (old)") && (lines[2] + " ").contains(" 12 "))
        #expect(lines.allSatisfy { $0.displayWidth <= max(width, 37) })
    }

    @Test func versionsHaveAColumnOnlyIfTheyAreRequested() {
        var row = exampleRows[0]
        row.version = 2
        var table = DeploymentTable(width: 41, usesColor: false, now: noon)
        #expect(
            table.lines([row]) == [
                "STATUS  NAME          SOURCE    AGE", "READY   llama-3.1-8b  research  3d",
            ])
        table.showsVersions = true
        #expect(
            table.lines([row]) == [
                "STATUS  NAME          VERSION  SOURCE", "READY   llama-3.1-8b  2        research",
            ])
    }

    @Test func noRowsGiveATitleOnly() {
        #expect(DeploymentTable(width: 80, usesColor: false, now: noon).lines([]) == ["STATUS  NAME"])
    }

    @Test func numbersThatDoNotFitAreNoCrash() {
        var row = exampleRows[0]
        (row.replicas.ready, row.replicas.pending) = (.max, .max)
        row.createdAt = Timestamp(microseconds: .min)
        row.updatedAt = Timestamp(microseconds: .max)
        #expect(DeploymentTable(width: nil, usesColor: false, now: noon).lines([row]).count == 2)
    }

    private func lines(width: Int?) -> [String] {
        DeploymentTable(width: width, usesColor: false, now: noon).lines(exampleRows)
    }
}
