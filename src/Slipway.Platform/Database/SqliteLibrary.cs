using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Slipway.Platform.Database;

/// <summary>
/// Chooses the native SQLite: the system's when it is newer than the bundled 3.35.5 (Debian 12 has 3.40.1), so that its security fixes count,
/// otherwise the bundled one. Everybody who opens a SQLite file asks for it first: a second choice made under open connections ends the process.
/// </summary>
public static class SqliteLibrary
{
    private const int BundledVersion = 3_035_005;
    private static readonly Lazy<bool> Ready = new(Load);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int IntFunction();

    public static void Use() => _ = Ready.Value;

    private static bool Load()
    {
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return true;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != "e_sqlite3" || !OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libsqlite3.so.0", out var library))
        {
            return 0;
        }

        if (Call(library, "sqlite3_libversion_number") > BundledVersion && Call(library, "sqlite3_threadsafe") != 0)
        {
            return library;
        }

        NativeLibrary.Free(library);
        return 0;
    }

    private static int Call(nint library, string export) =>
        NativeLibrary.TryGetExport(library, export, out var address) ? Marshal.GetDelegateForFunctionPointer<IntFunction>(address)() : 0;
}
