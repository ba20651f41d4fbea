import ArgumentParser
import Deployments
import Upstream
import Wire

/// `rollcall audit`: the updates that a gateway was asked for, and what became of each.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Show the updates that a gateway was asked for, and their outcomes.",
        usage: "rollcall audit [TERM ... | ID] [--output FORMAT] [--gateway URL]",
        discussion: """
            Terms are the parameters of GET /v1/audit: outcome=unknown uid.like=chat sort=-at. One ID of 32 hexadecimal \
            digits shows that record, with what it changed.

            Needs a token ($ROLLCALL_TOKEN) with the right `audit`.
            """)

    @Argument(help: ArgumentHelp("PARAMETER=VALUE, or the id of one record", valueName: "term"))
    var terms: [String] = []

    @Option(name: [.customShort("o"), .customLong("output")], help: "table, json, csv or ndjson.")
    var output = ListFormat.table

    @OptionGroup var gateway: GatewayOptions

    @Option(help: .hidden)
    var config: String?

    func validate() throws {
        if config != nil {
            throw ValidationError(
                "--config does not apply to audit records: the gateway keeps them, no platform does. Use --gateway."
            )
        }
        if id == nil { _ = try parsedTerms() }
    }

    func run() async throws {
        try await exiting(.current()) { environment in
            try await show(in: environment, over: Assembly.makeTransport())
        }
    }

    /// The id of the one record to show; nil to list records.
    private var id: String? {
        guard terms.count == 1, let term = terms.first, AuditID.isValid(term) else { return nil }
        return term.lowercased()
    }

    private func parsedTerms() throws -> [ListTerm] {
        do throws(ListTerm.Refusal) { return try ListTerm.all(terms[...], example: "outcome=unknown") } catch
        {
            throw ValidationError(error.description)
        }
    }

    /// Lists records, or shows one.
    func show(in environment: CommandEnvironment, over transport: any HTTPTransport) async throws {
        let (terminal, output) = (environment.terminal, environment.output)
        let address = try gateway.address(environment)
        let connection = GatewayConnection(
            gateway: address.gateway, token: address.token, transport: transport)
        let progress = Progress(
            isShown: terminal.isErrorInteractive, clock: ContinuousClock(), output: output)
        let list = ListOutput(
            format: self.output, terminal: terminal, output: output, now: .ofSystemClock())
        let reading = "Reading from the gateway at \(address.gateway)"
        guard let id else {
            let terms = try parsedTerms()
            list.write(
                try await progress.during(reading) {
                    try await GatewayList(connection).read(AuditRecord.self, terms)
                })
            return
        }
        let record = try await progress.during(reading) { try await connection.auditRecord(id) }
        if self.output == .table {
            AuditReport(terminal: terminal, output: output).show(record)
        } else {
            list.write(one: record)
        }
    }
}

extension GatewayConnection {
    /// One audit record.
    fileprivate func auditRecord(_ id: String) async throws -> AuditRecord {
        let (status, root) = try await document(at: "/v1/audit/\(id)")
        guard status == 200 else {
            let problem = GatewayProblem(status: status, root)
            throw problem.failure(problem.codeOfUpdate, hasToken: token != nil)
        }
        guard let record = root["data"].flatMap({ AuditRecord(json: $0) }) else {
            throw CommandFailure.notAGateway(gateway, "an audit record in an unknown form")
        }
        return record
    }
}
