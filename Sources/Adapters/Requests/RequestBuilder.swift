import Deployments
import Upstream
import Wire

/// Builds the requests of one source: base URL, templates, page, authorization.
struct RequestBuilder: Sendable {
    let baseURL: String
    let auth: Auth
    let inputs: [String: InputValue]
    let inputKinds: [String: AdapterManifest.Input.Kind]
    let connection: ConnectionOptions

    init(manifest: AdapterManifest, inputs: [String: InputValue], binding: SourceBinding) {
        var base = binding.baseURL[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        baseURL = String(base)
        auth = manifest.auth
        self.inputs = inputs
        inputKinds = Dictionary(uniqueKeysWithValues: manifest.inputs.map { ($0.name, $0.kind) })
        connection = binding.connection
    }

    /// Builds one request; `page` holds the query parameters that select a page.
    ///
    /// - Throws: ``SourceError`` of class `config` if a path names an input that has no value; of class
    ///   `bad_response` if the page's token makes the URL too long.
    func request(
        _ plan: RequestPlan, path: Int, partition: [String: String], page: [(String, String)],
        secrets: [String: Secret]
    ) throws(SourceError) -> UpstreamRequest {
        guard let path = plan.paths[path].filled({ segment($0, partition: partition) }) else {
            throw SourceError(.config, "the request's path names an input that is not set")
        }
        let query: [(String, String)] = plan.query.compactMap { name, template in
            template.filled { text($0, partition: partition) }.map { (name, $0) }
        }
        let headers = headers(of: plan, partition: partition)
        let request = authorized(
            url: baseURL + path, query: query + page, headers: headers, secrets: secrets)
        guard isTooLong(request) else { return request }
        let first = authorized(url: baseURL + path, query: query, headers: headers, secrets: secrets)
        // A URL that is too long for the first page, too, is the configuration's mistake.
        guard isTooLong(first) else {
            throw SourceError(.badResponse, "the token of the next page is too long for a URL")
        }
        return request
    }

    /// Builds a request for the URL that the platform gave for the next page.
    ///
    /// - Throws: ``SourceError`` of class `bad_response` if it cannot be requested, or leads to another origin
    ///   than the base URL.
    func request(
        _ plan: RequestPlan, link: String, partition: [String: String], secrets: [String: Secret]
    ) throws(SourceError) -> UpstreamRequest {
        var url = try PageLink(link, base: baseURL).url
        // Some platforms repeat the credential in their links.
        if case .query(let parameter, _) = auth { url = PageLink.removing(parameter, from: url) }
        var request = authorized(
            url: url, query: [], headers: headers(of: plan, partition: partition), secrets: secrets)
        request.alias = "the link to the next page"
        if isTooLong(request) { throw PageLink.unusable }
        return request
    }

    private func isTooLong(_ request: UpstreamRequest) -> Bool {
        request.url.utf8.count > RequestURL.maximumBytes
    }

    func headers(of plan: RequestPlan, partition: [String: String]) -> [UpstreamRequest.Header] {
        plan.headers.compactMap { name, template in
            template.filled { text($0, partition: partition) }.map { UpstreamRequest.Header(name, $0) }
        }
    }

    /// A GET with the authorization.
    func authorized(
        url: String, query: [(String, String)], headers: [UpstreamRequest.Header], secrets: [String: Secret]
    ) -> UpstreamRequest {
        var query = query
        // A copy from a cache on the way is of no use to a fetch; its file may say otherwise.
        let own = [
            UpstreamRequest.Header("Accept", "application/json"),
            UpstreamRequest.Header("Cache-Control", "no-cache"),
        ].filter { own in !headers.contains { $0.name.lowercased() == own.name.lowercased() } }
        var headers = own + headers
        switch auth {
        case .none: break
        case .header(let name, let prefix, let secret):
            if let value = secrets[secret] {
                headers.append(UpstreamRequest.Header(name, prefix + value.revealed(), isSecret: true))
            }
        case .query(let parameter, let secret):
            if let value = secrets[secret] { query.append((parameter, value.revealed())) }
        case .basic(let user, let secret):
            if let value = secrets[secret] {
                let name = user.filled { text($0, partition: [:]) } ?? ""
                let pair = Base64.standard.encode(Array("\(name):\(value.revealed())".utf8))
                headers.append(UpstreamRequest.Header("Authorization", "Basic \(pair)", isSecret: true))
            }
        }
        return UpstreamRequest(
            method: .get, url: url + Self.encoded(query, after: url), headers: headers, body: nil,
            options: connection)
    }

    /// A query's parameters behind a URL, with `?` or `&` first; empty without one.
    static func encoded(_ query: [(String, String)], after url: String) -> String {
        guard !query.isEmpty else { return "" }
        var bytes: [UInt8] = []
        for (index, (name, value)) in query.enumerated() {
            bytes.append(UInt8(ascii: index > 0 || url.contains("?") ? "&" : "?"))
            bytes.appendPercentEncoded(name)
            bytes.append(UInt8(ascii: "="))
            bytes.appendPercentEncoded(value)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A variable as part of a path: percent-encoded, except for the slashes of an input of type `path`.
    func segment(_ name: String, partition: [String: String]) -> String? {
        guard let text = text(name, partition: partition) else { return nil }
        let isPath = name.hasPrefix("inputs.") && inputKinds[String(name.dropFirst(7))] == .path
        let parts = isPath ? text.split(separator: "/", omittingEmptySubsequences: false) : [text[...]]
        return parts.map { part in
            var bytes: [UInt8] = []
            bytes.appendPercentEncoded(String(part))
            return String(decoding: bytes, as: UTF8.self)
        }.joined(separator: "/")
    }

    /// A variable's text; nil if the input is not set.
    func text(_ name: String, partition: [String: String]) -> String? {
        if name.hasPrefix("partition.") { return partition[String(name.dropFirst(10))] }
        if name.hasPrefix(LookupPlan.rowPrefix) { return partition[name] }
        return switch inputs[String(name.dropFirst(7))] {
        case .text(let text): text
        case .number(let number): Int64(exactly: number).map { "\($0)" } ?? "\(number)"
        case .bool(let bool): "\(bool)"
        case .list, nil: nil
        }
    }
}
