using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Dapper;
using Slipway.Platform.Events;

namespace Slipway.Platform.Database;

/// <summary>The SQL of the event log. Appending does not go through Dapper: it is part of nearly every write.</summary>
internal static class EventStore
{
    private const string SelectHead = "SELECT sequence, hash FROM event_head WHERE id = 1";
    private const string UpdateHead = "UPDATE event_head SET sequence = @sequence, hash = @hash WHERE id = 1";

    private const string Insert = """
        INSERT INTO events (sequence, time, type, namespace, subject, actor, payload, hash)
        VALUES (@sequence, @time, @type, @namespace, @subject, @actor, @payload, @hash)
        """;

    private const string SelectAfter =
        "SELECT sequence, time, type, namespace, subject, actor, payload, hash FROM events WHERE sequence > @after";

    public static async Task<(long Sequence, string Hash)> HeadAsync(DbConnection connection, CancellationToken cancellation)
    {
        await using var command = Command(connection, SelectHead);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? (reader.GetInt64(0), reader.GetString(1)) : (0, EventChain.Genesis);
    }

    public static async Task<(long Sequence, string Hash)> HeadAsync(IReadSession session)
    {
        var row = await session.QuerySingleOrDefaultAsync<HeadRow>(SelectHead);
        return row is null ? (0, EventChain.Genesis) : (row.Sequence, row.Hash);
    }

    public static async Task InsertAsync(DbConnection connection, Event e, byte[] payload, CancellationToken cancellation)
    {
        await using var command = Command(connection, Insert);
        Add(command, "sequence", DbType.Int64, e.Sequence);
        Add(command, "time", DbType.Int64, Micros.Of(e.Time));
        Add(command, "type", DbType.String, e.Type);
        Add(command, "namespace", DbType.String, e.Namespace);
        Add(command, "subject", DbType.String, e.Subject);
        Add(command, "actor", DbType.String, e.Actor);
        Add(command, "payload", DbType.Binary, payload);
        Add(command, "hash", DbType.String, e.Hash);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    public static async Task MoveHeadAsync(DbConnection connection, long sequence, string hash, CancellationToken cancellation)
    {
        await using var command = Command(connection, UpdateHead);
        Add(command, "sequence", DbType.Int64, sequence);
        Add(command, "hash", DbType.String, hash);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    public static async Task<IReadOnlyList<Event>> PageAsync(IReadSession session, long after, EventFilter filter, int limit)
    {
        // Only the conditions asked for, so that each text keeps its plan: the range of the key, or the index on subject.
        var sql = SelectAfter
            + (filter.TypePrefix is null ? "" : " AND substr(type, 1, @prefixLength) = @prefix")
            + (filter.Namespace is null ? "" : " AND namespace = @ns")
            + (filter.Subject is null ? "" : " AND subject = @subject")
            + " ORDER BY sequence LIMIT @limit";
        var parameters = new DynamicParameters();
        parameters.Add("after", after);
        parameters.Add("limit", limit);
        if (filter.TypePrefix is { } prefix)
        {
            parameters.Add("prefix", prefix);
            parameters.Add("prefixLength", prefix.EnumerateRunes().Count());
        }

        if (filter.Namespace is { } ns)
        {
            parameters.Add("ns", ns);
        }

        if (filter.Subject is { } subject)
        {
            parameters.Add("subject", subject);
        }

        var rows = await session.QueryAsync<EventRow>(sql, parameters);
        return [.. rows.Select(r => r.ToEvent())];
    }

    [SuppressMessage("Security", "CA2100", Justification = "The text is a constant of a store or of this class; values go in as parameters.")]
    private static DbCommand Command(DbConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    private static void Add(DbCommand command, string name, DbType type, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.DbType, parameter.Value) = ("@" + name, type, value);
        command.Parameters.Add(parameter);
    }

    private sealed record HeadRow(long Sequence, string Hash);

    private sealed record EventRow(
        long Sequence, long Time, string Type, string Namespace, string Subject, string Actor, byte[] Payload, string Hash)
    {
        public Event ToEvent() => new(Sequence, Micros.ToTime(Time), Type, Namespace, Subject, Actor, Payload, Hash);
    }
}
