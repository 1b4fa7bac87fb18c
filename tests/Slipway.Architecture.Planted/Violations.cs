using System.Data.Common;
using Dapper;

// R2: two public types beside the module.
namespace Slipway.Planted
{
    public sealed class ShouldBeInternal;

    public sealed class AlsoPublic;
}

// R3: a rule that reads the clock, files, the network and a database, and waits.
namespace Slipway.Planted.Domain
{
    internal static class Rules
    {
        public static DateTime Clock() => DateTime.UtcNow;

        public static long InjectedClock(TimeProvider time) => time.GetTimestamp();

        public static string Files() => File.ReadAllText("x");

        public static HttpClient Network() => new();

        public static async Task Waiting() => await Task.Yield();

        public static int Randomness() => Random.Shared.Next();

        public static DbConnection? Database;

        public static string Surroundings() => Environment.MachineName;
    }

    // Nothing wrong here: an iterator, an exception of System.IO, a rule that computes.
    internal static class PureRules
    {
        public static IEnumerable<int> Count(int until)
        {
            for (var i = 0; i < until; i++)
            {
                yield return i < 100 ? i : throw new InvalidDataException("too many");
            }
        }
    }
}

// R4: three folders in a ring, one of them through a nested lambda only.
namespace Slipway.Planted.Ring.First
{
    internal sealed class A
    {
        public Second.B? Next { get; set; }
    }
}

namespace Slipway.Planted.Ring.Second
{
    internal sealed class B
    {
        public static Func<object> Make() => () => new Third.C();
    }
}

namespace Slipway.Planted.Ring.Third
{
    internal sealed class C
    {
        public static void Take(IReadOnlyList<First.A> list) => ArgumentNullException.ThrowIfNull(list);
    }
}

// R5: SQL and a database driver in a handler; the same in a store is where it belongs.
namespace Slipway.Planted.Handlers
{
    internal static class ListThings
    {
        public static IEnumerable<int> Run(DbConnection connection) => connection.Query<int>("x");

        public static string Sql(string table) => "SELECT id FROM " + table;

        public const string Words = "Select one of the models from the list";
    }

    internal static class ThingStore
    {
        private const string List = "SELECT id FROM things";

        public static IEnumerable<int> Run(DbConnection connection) => connection.Query<int>(List);
    }
}
