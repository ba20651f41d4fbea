import Foundation

/// Decodes the same bytes into plain structs with Foundation's `JSONDecoder`, and maps nothing.
func decodedRows(from pages: [[UInt8]]) throws -> (Int, Any) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .useDefaultKeys
    var records: [PlainRecord] = []
    for page in pages {
        records += try decoder.decode(PlainPage.self, from: Data(page)).data
    }
    return (records.count, records)
}

private struct PlainPage: Decodable {
    struct Pagination: Decodable {
        var page: Int
        var page_size: Int
        var current_page_size: Int
        var total_pages: Int
        var total_results: Int
    }

    var data: [PlainRecord]
    var pagination: Pagination
    var sort: String?
}

private struct PlainRecord: Decodable {
    struct Entry: Decodable {
        var timestamp: String
        var status: String
        var status_message: String?
    }

    struct Principal: Decodable {
        var principal_id: String?
        var principal_email: String?
        var principal_groups: [String]?
    }

    var id: String?
    var name: String
    var workspace: String
    var project: String?
    var created_at: String
    var updated_at: String
    var entity_version: Int
    var config: String
    var config_version: Int
    var status: String
    var status_message: String?
    var status_history: [Entry]?
    var model_provider_id: String?
    var auth_context: Principal?
}
