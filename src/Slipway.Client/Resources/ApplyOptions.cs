namespace Slipway.Client.Resources;

/// <param name="FieldManager">Who owns the applied fields.</param>
/// <param name="Force">Take fields over from other managers instead of answering a conflict.</param>
/// <param name="DryRun">Answer what would be, and change nothing.</param>
public sealed record ApplyOptions(string FieldManager = "slipway-cli", bool Force = false, bool DryRun = false);
