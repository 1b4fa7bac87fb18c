using Microsoft.Extensions.Logging;

namespace Slipway.Platform.Controllers;

internal static partial class ControllerLog
{
    [LoggerMessage(1, LogLevel.Information, "Running {Count} controllers as {Holder}, lease token {Token}")]
    public static partial void LeadershipTaken(this ILogger log, int count, string holder, long token);

    [LoggerMessage(2, LogLevel.Warning, "The controllers' lease is lost: another process runs them now, or the database is away")]
    public static partial void LeadershipLost(this ILogger log);

    [LoggerMessage(3, LogLevel.Error, "Controller {Controller} threw while reconciling {Key}; it is tried again with backoff")]
    public static partial void ReconcileThrew(this ILogger log, Exception failure, string controller, ResourceRef key);

    [LoggerMessage(4, LogLevel.Warning, "Controller {Controller} could not reconcile {Key}: {Reason}")]
    public static partial void ReconcileFailed(this ILogger log, string controller, ResourceRef key, string reason);

    [LoggerMessage(5, LogLevel.Error, "Controller {Controller} could not {Doing}; it is tried again")]
    public static partial void SurroundingsFailed(this ILogger log, Exception failure, string controller, string doing);

    [LoggerMessage(6, LogLevel.Warning, "The controllers' lease could not be renewed; it is tried again while it lasts")]
    public static partial void RenewalFailed(this ILogger log, Exception failure);
}
