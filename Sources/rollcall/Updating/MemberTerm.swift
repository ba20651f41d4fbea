/// One member with its new value as a user types it: `config=llama-v2`, `capacity.desired=4`.
struct MemberTerm: Sendable, Equatable {
    /// The path of a field in the record.
    var member: String
    var value: String

    /// The reason why a text is not a member with a value.
    struct Refusal: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    init(_ text: String) throws(Refusal) {
        let name = text.prefix { $0 != "=" }
        guard name.endIndex != text.endIndex, !name.isEmpty else {
            throw Refusal(
                description: "`\(text.neutralized(limit: 80))` changes nothing: write MEMBER=VALUE, such as "
                    + "config=llama-v2")
        }
        member = String(name)
        value = String(text[name.endIndex...].dropFirst())
    }

    /// Reads all terms.
    ///
    /// - Throws: ``Refusal`` for the first that is wrong, or that names a member again.
    static func all(_ texts: [String]) throws(Refusal) -> [MemberTerm] {
        var terms: [MemberTerm] = []
        for text in texts {
            let term = try MemberTerm(text)
            guard !terms.contains(where: { $0.member == term.member }) else {
                throw Refusal(description: "`\(term.member.neutralized(limit: 80))` is given twice")
            }
            terms.append(term)
        }
        return terms
    }
}
