/// Values of `Cache-Control` that answers have in common.
enum CacheControl {
    /// An answer with a secret beside text of its caller: kept by none, and compressed neither here nor by a proxy, since the lengths of many
    /// compressed answers would tell the secret.
    static let secret = "no-store, no-transform"
}
