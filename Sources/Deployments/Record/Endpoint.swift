extension ModelDeployment {
    /// The place where a deployment answers.
    @usableFromInline
    package struct Endpoint: Sendable, Hashable {
        /// The URL that a client of the protocol takes, which of OpenAI's is that up to `/v1`.
        ///
        /// It has no user information, query or fragment.
        package var baseURL: String?
        /// The name by which a client asks for the model.
        package var model: String?
        /// The names of all models that are served there.
        package var models: [String] = []
        /// One of ``protocols``.
        package var `protocol`: String?
        /// One of ``authorizations``.
        package var auth: String?
        /// The version of the API, on platforms whose clients name one.
        package var apiVersion: String?

        /// The protocols that clients are known for.
        package static let protocols = [
            "openai", "azure-openai", "anthropic", "kserve-v2", "sagemaker", "bedrock", "vertex",
        ]
        /// The forms of authorization.
        package static let authorizations = ["bearer", "api-key", "sigv4", "none"]

        @usableFromInline init() {}
    }
}

extension ModelDeployment.Stated {
    /// The place where it answers; all nil if nothing is known.
    @inlinable package var endpoint: ModelDeployment.Endpoint {
        get { endpoints.first ?? ModelDeployment.Endpoint() }
        set { endpoints = newValue == ModelDeployment.Endpoint() ? [] : [newValue] }
    }
}
