using System.Data;
using System.Reflection;
using Dapper;

namespace Slipway.Platform.Database;

/// <summary>
/// How rows become objects, set once per process. Dapper alone is strict about records: the columns must have exactly the constructor's types, and
/// SQLite gives BIGINT for every number and no type at all for NULL. So a class without a parameterless constructor is made with default
/// arguments and filled through its (init) properties, each value converted. Times are BIGINT microseconds, booleans BIGINT 0 and 1, on both databases.
/// </summary>
internal static class RowMapping
{
    private static readonly Lazy<bool> Ready = new(Register);

    public static void Use() => _ = Ready.Value;

    private static bool Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.TypeMapProvider = type => new RowMap(type);
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.RemoveTypeMap(typeof(bool));
        SqlMapper.AddTypeHandler(new TimeHandler());
        SqlMapper.AddTypeHandler(new FlagHandler());
        return true;
    }

    private sealed class TimeHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value)
        {
            parameter.DbType = DbType.Int64;
            parameter.Value = Micros.Of(value);
        }

        public override DateTimeOffset Parse(object value) => Micros.ToTime((long)value);
    }

    private sealed class FlagHandler : SqlMapper.TypeHandler<bool>
    {
        public override void SetValue(IDbDataParameter parameter, bool value)
        {
            parameter.DbType = DbType.Int64;
            parameter.Value = value ? 1L : 0L;
        }

        public override bool Parse(object value) => value as bool? ?? (long)value != 0;
    }

    private sealed class RowMap(Type type) : SqlMapper.ITypeMap
    {
        private readonly DefaultTypeMap _default = new(type);
        private readonly ConstructorInfo? _filled = FilledThroughProperties(type);

        public ConstructorInfo? FindConstructor(string[] names, Type[] types) => _default.FindConstructor(names, types);

        public ConstructorInfo? FindExplicitConstructor() => _filled ?? _default.FindExplicitConstructor();

        public SqlMapper.IMemberMap? GetConstructorParameter(ConstructorInfo constructor, string columnName) =>
            _default.GetConstructorParameter(constructor, columnName);

        public SqlMapper.IMemberMap? GetMember(string columnName) => _default.GetMember(columnName);

        private static ConstructorInfo? FilledThroughProperties(Type type)
        {
            const BindingFlags All = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
            if (!type.IsClass || type == typeof(string) || type.IsArray || type.GetConstructor(All, []) is not null)
            {
                return null;
            }

            return type.GetConstructors(All).Where(c => c.GetParameters() is not [var only] || only.ParameterType != type)
                .FirstOrDefault(c => c.GetParameters().All(p => type.GetProperty(p.Name!, All)?.SetMethod is not null));
        }
    }
}

/// <summary>Times as the database keeps them: microseconds since the Unix epoch, UTC.</summary>
public static class Micros
{
    public static long Of(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset ToTime(long micros) => new(DateTimeOffset.UnixEpoch.Ticks + (micros * TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
