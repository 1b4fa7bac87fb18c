using Slipway.Conformance;
using Slipway.Platform.Database;

namespace Slipway.Platform.Tests.Events;

public class SqliteEventLogTests() : EventLogConformance(DatabaseEngine.Sqlite);
