import Testing
import Upstream

/// The part of a platform's URL that may be shown.
@Suite struct PublishedURLTests {
    @Test(arguments: [
        ("https://a.example/v1", "https://a.example/v1"),
        ("https://a.example", "https://a.example"),
        ("https://a.example/", "https://a.example/"),
        ("http://A.Example:8080/x%20y", "http://A.Example:8080/x%20y"),
        ("https://user:pw@a.example/v1", "https://a.example/v1"),
        ("https://user@a.example", "https://a.example"),
        ("https://a.example/v1?key=secret&x=1", "https://a.example/v1"),
        ("https://a.example?key=secret", "https://a.example"),
        ("https://a.example/v1#token=secret", "https://a.example/v1"),
        ("https://u:p@[2001:db8::1]:443/v1?a#b", "https://[2001:db8::1]:443/v1"),
    ])
    func userInformationQueryAndFragmentAreCutOff(_ url: String, _ shown: String) {
        #expect(RequestURL.published(url) == shown)
    }

    @Test(arguments: [
        "", "a.example/v1", "ftp://a.example", "https://", "https:///v1", "javascript:alert(1)",
        "https://a b",
        "https://a.example/\u{e9}",
    ])
    func anythingElseIsNotShown(_ url: String) { #expect(RequestURL.published(url) == nil) }
}
