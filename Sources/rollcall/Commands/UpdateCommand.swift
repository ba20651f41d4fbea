import ArgumentParser
import Deployments
import Settings
import Upstream
import Wire

/// `rollcall update`: changes a deployment at its platform.
struct UpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Change a deployment at its platform.",
        usage:
            "rollcall update UID MEMBER=VALUE ... [--dry-run] [--yes] [--if-match REVISION] "
            + "[--idempotency-key KEY] [--wait TIME] [--gateway URL] [--output FORMAT]",
        discussion: """
            UID is the `uid` of the API, such as research/ml-prod/chat; MEMBER is a field of the record, such as config or \
            capacity.desired. GET /v1/sources/NAME tells in `writes` which members a source lets change.

            First it shows what would change and what the platform would get; it sends after a yes. The update is sent \
            to the gateway with a key, and again with the same key where no answer comes: it is applied once at most. Then \
            it waits until the list shows it.

            Needs a token ($ROLLCALL_TOKEN) with the rights `read` and `write`; with `audit`, too, it reads the outcome from \
            the audit record. Exits with 1 if the update was refused, or if it is not known whether it was applied.
            """)

    @Argument(help: "The deployment's uid, as the API shows it.")
    var uid: String

    @Argument(help: ArgumentHelp("MEMBER=VALUE", valueName: "member"))
    var members: [String] = []

    @Flag(name: .customLong("dry-run"), help: "Show what would change, and send nothing.")
    var dryRun = false

    @Flag(help: "Send without asking.")
    var yes = false

    @Option(
        name: .customLong("if-match"),
        help: ArgumentHelp(
            "Update only if the deployment still has this revision; else the one that is shown. `*`: any.",
            valueName: "revision"))
    var ifMatch: String?

    @Option(
        name: .customLong("idempotency-key"),
        help: ArgumentHelp("The key that stands for this update; else a new one.", valueName: "key"))
    var idempotencyKey: String?

    @Option(help: ArgumentHelp("Wait so long for an outcome, such as 30s or 5m.", valueName: "time"))
    var wait = WaitingTime(duration: .seconds(60))

    @OptionGroup var gateway: GatewayOptions

    @Option(name: [.customShort("o"), .customLong("output")], help: "table or json.")
    var output = UpdateFormat.table

    func validate() throws {
        guard uid.isUID else {
            throw ValidationError(
                "`\(uid.neutralized(limit: 200))` is no uid: write it as the API shows it, percent-encoded, such as "
                    + "research/ml-prod/chat")
        }
        if try terms().isEmpty {
            throw ValidationError("Name what to change: MEMBER=VALUE, such as config=llama-v2.")
        }
        if let idempotencyKey, !idempotencyKey.isVisible || idempotencyKey.utf8.count > 255 {
            throw ValidationError("--idempotency-key takes 1 to 255 visible ASCII characters.")
        }
        if let ifMatch, !ifMatch.isCondition {
            throw ValidationError("--if-match takes a `revision` of the record, or `*`.")
        }
    }

    func run() async throws {
        try await exiting(.current()) { environment in
            try await update(in: environment, over: Assembly.makeTransport(), clock: ContinuousClock())
        }
    }

    private func terms() throws -> [MemberTerm] {
        do throws(MemberTerm.Refusal) { return try MemberTerm.all(members) } catch {
            throw ValidationError(error.description)
        }
    }

    /// Shows, asks, sends and waits.
    ///
    /// - Throws: ``CommandFailure`` unless it was applied, or not to be sent.
    func update<C: Clock<Duration>>(
        in environment: CommandEnvironment, over transport: any HTTPTransport, clock: C
    ) async throws {
        let (terminal, output) = (environment.terminal, environment.output)
        guard yes || dryRun || terminal.canAsk else {
            throw CommandFailure(
                .usage, "nothing was sent: without a terminal to ask on, an update needs --yes, or --dry-run")
        }
        let address = try gateway.address(environment)
        let deployment = UpdateGateway(
            connection: GatewayConnection(
                gateway: address.gateway, token: address.token, transport: transport), uid: uid)
        let progress = Progress(isShown: terminal.isErrorInteractive, clock: clock, output: output)
        let reading = "Reading from the gateway at \(address.gateway)"
        let patch = try await progress.during(reading) { try await deployment.schema() }.patch(terms())
        // The outcome of a key that was used before does not depend on the revision that the row has now.
        let dryRunCondition = dryRun || idempotencyKey == nil ? ifMatch.map(\.asEntityTag) : nil
        let preview = try await progress.during(reading) {
            try await deployment.preview(of: patch, ifMatch: dryRunCondition)
        }
        let report = UpdateReport(
            uid: uid, format: self.output, terminal: terminal, output: output,
            named: Set(patch.changes.map(\.field)))
        report.show(preview, isAsking: !yes && !dryRun)
        if dryRun { return report.end(dryRun: preview) }
        guard yes || isConfirmed(in: environment) else { throw CommandFailure(.no, "nothing was sent") }
        let key = idempotencyKey ?? Self.newKey()
        output.writeError("Idempotency-Key: \(key)\n")
        let condition = ifMatch ?? preview.revision
        let delivery = UpdateDelivery(
            gateway: deployment, patch: patch, before: preview.before, condition: condition.asEntityTag,
            key: key, wait: wait.duration, clock: clock
        ) {
            // The line of the progress is written over.
            output.writeError((terminal.isErrorInteractive ? "\r\u{1B}[K" : "") + $0.neutralized() + "\n")
        }
        let end = try await progress.during("Waiting for the outcome") { try await delivery.end() }
        try report.tell(end, after: preview, key: key, condition: condition)
    }

    /// Asks whether the update that was shown is to be sent; only a yes is one.
    private func isConfirmed(in environment: CommandEnvironment) -> Bool {
        environment.output.writeError("Send this update? [y/N] ")
        let answer = environment.readLine()
        if answer == nil { environment.output.writeError("\n") }
        return ["y", "yes"].contains(answer?.lowercased())
    }

    /// 32 random hexadecimal digits.
    private static func newKey() -> String {
        [UInt64.random(in: .min ... .max), .random(in: .min ... .max)].map(\.hexadecimalDigits).joined()
    }
}

/// A time to wait, as settings write it: `500ms`, `30s`, `5m`.
struct WaitingTime: ExpressibleByArgument, Sendable, Equatable {
    var duration: Duration

    init(duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = Duration(setting: argument) else { return nil }
        self.duration = duration
    }

    var defaultValueDescription: String { duration.setting }
}

extension String {
    /// True for a source's name and a key of at least one part, percent-encoded as in a path.
    fileprivate var isUID: Bool {
        let parts = split(separator: "/", omittingEmptySubsequences: false)
        return parts.count > 1 && !parts.contains { ["", ".", ".."].contains($0) }
            && utf8.allSatisfy { $0.isASCIIAlphanumeric || "-._~%/".utf8.contains($0) }
    }

    fileprivate var isVisible: Bool { !isEmpty && utf8.allSatisfy { (0x21...0x7E).contains($0) } }

    /// True for a revision, several of them in quotes, and `*`.
    fileprivate var isCondition: Bool {
        isVisible && !hasPrefix("W/")
            && (!contains("\"") || utf8.count > 2 && hasPrefix("\"") && hasSuffix("\""))
    }

    /// The value of `If-Match` for a revision; `*` and what is quoted already as it stands.
    fileprivate var asEntityTag: String { self == "*" || hasPrefix("\"") ? self : "\"\(self)\"" }
}
