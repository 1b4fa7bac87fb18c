using Slipway.Conformance;
using Slipway.Platform.Database;

namespace Slipway.Platform.Tests.Events;

public class PostgreSqlEventLogTests() : EventLogConformance(DatabaseEngine.PostgreSql);
