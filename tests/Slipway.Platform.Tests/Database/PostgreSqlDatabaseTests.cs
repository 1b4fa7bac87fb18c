using Slipway.Conformance;
using Slipway.Platform.Database;

namespace Slipway.Platform.Tests.Database;

public class PostgreSqlDatabaseTests() : DatabaseConformance(DatabaseEngine.PostgreSql);
