import Deployments
import Wire

extension UpdateSchema? {
    /// Appends the members that can be changed: the value of a source's `writes`.
    func write(to json: inout JSONWriter) {
        guard let self else { return json.null() }
        json.object { json in
            json.key("members")
            json.array { json in for member in self.members { member.write(to: &json) } }
        }
    }

    func add(to fingerprint: inout Fingerprint) {
        var json = JSONWriter()
        write(to: &json)
        fingerprint.add(json.bytes[...])
    }
}

extension UpdateMember {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.key("field")
            json.string(field)
            json.key("type")
            json.string(kind.rawValue)
            json.key("required")
            json.bool(isRequired)
            for (key, number) in [("least", least), ("greatest", greatest)] {
                json.key(key)
                if let number { json.double(number) } else { json.null() }
            }
            for (key, text) in [("multiple_of", multipleOf), ("about", about)] {
                json.key(key)
                json.stringOrNull(text)
            }
        }
    }
}
