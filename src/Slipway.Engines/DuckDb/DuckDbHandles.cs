using System.Runtime.InteropServices;

namespace Slipway.Engines.DuckDb;

internal sealed unsafe class DuckDbDatabaseHandle : SafeHandle
{
    public DuckDbDatabaseHandle(nint database) : base(0, ownsHandle: true) => SetHandle(database);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        var database = handle;
        DuckDbNative.duckdb_close(&database);
        return true;
    }
}

internal sealed unsafe class DuckDbConnectionHandle : SafeHandle
{
    public DuckDbConnectionHandle(nint connection) : base(0, ownsHandle: true) => SetHandle(connection);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        var connection = handle;
        DuckDbNative.duckdb_disconnect(&connection);
        return true;
    }
}

internal sealed unsafe class DuckDbStatementHandle : SafeHandle
{
    public DuckDbStatementHandle(nint statement) : base(0, ownsHandle: true) => SetHandle(statement);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        var statement = handle;
        DuckDbNative.duckdb_destroy_prepare(&statement);
        return true;
    }
}
