using Slipway.Conformance;
using Slipway.Platform.Database;

namespace Slipway.Platform.Tests.Resources;

public sealed class SqliteResourceStoreTests() : ResourceStoreConformance(DatabaseEngine.Sqlite);

public sealed class PostgresResourceStoreTests() : ResourceStoreConformance(DatabaseEngine.PostgreSql);
