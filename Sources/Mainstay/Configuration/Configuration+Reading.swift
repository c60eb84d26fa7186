public import Configuration

extension Configuration {
    /// Reads and checks every setting; ``Settings`` says which there are.
    ///
    /// - Throws: ``ConfigurationError`` with every problem at once.
    public init(reader: ConfigReader, mode: ConfigurationMode = .serve) throws(ConfigurationError) {
        try self.init(SettingsReader(reader, mode: mode))
    }

    init(_ settings: SettingsReader) throws(ConfigurationError) {
        let problems = Settings.all.compactMap(settings.problem)
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
        databaseURL = try settings.value(of: Settings.databaseURL)
        redisURL = try settings.value(of: Settings.redisURL)
        authSecret = try settings.value(of: Settings.authSecret)
        encryptionKeys = try settings.value(of: Settings.encryptionKeys)
        host = try settings.value(of: Settings.host)
        port = try settings.value(of: Settings.port)
        baseURL = try settings.value(of: Settings.baseURL)
        trustedOrigins = try settings.value(of: Settings.trustedOrigins)
        corsOrigins = try settings.value(of: Settings.corsOrigins)
        trustedProxies = try settings.value(of: Settings.trustedProxies)
        requestTimeout = try settings.value(of: Settings.requestTimeout)
        metricsToken = try settings.optional(Settings.metricsToken)
        metricsPort = try settings.optional(Settings.metricsPort)
        outgoingAllow = try settings.value(of: Settings.outgoingAllow)
        workerConcurrency = try settings.value(of: Settings.workerConcurrency)
        connectionsPerHost = try settings.optional(Settings.connectionsPerHost)
        maximumPoolSize = try settings.value(of: Settings.maximumPoolSize)
        smtp = try settings.optional(Settings.smtpURL)
        mailFrom = try settings.value(of: Settings.mailFrom)
        mailTemplates = try settings.optional(Settings.mailTemplates)
        authRateLimit = try settings.value(of: Settings.authRateLimit)
        shutdownGrace = try settings.value(of: Settings.shutdownGrace)
        logLevel = try settings.value(of: Settings.logLevel)
        logFormat = try settings.value(of: Settings.logFormat)
        slowQueries = try settings.optional(Settings.slowQueries)
    }
}
