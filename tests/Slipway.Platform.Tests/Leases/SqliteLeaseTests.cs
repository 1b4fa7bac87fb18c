using Slipway.Conformance;
using Slipway.Platform.Database;

namespace Slipway.Platform.Tests.Leases;

public class SqliteLeaseTests() : LeaseConformance(DatabaseEngine.Sqlite);
