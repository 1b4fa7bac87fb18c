using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Mlflow;

/// <summary>
/// MLflow's error codes, by which its clients decide, and their statuses. A <see cref="Problem"/> has the code of its kind unless it names another:
/// <c>problem with { Reason = MlflowCode.InvalidState }</c>.
/// </summary>
public static class MlflowCode
{
    public const string InvalidParameter = "INVALID_PARAMETER_VALUE";
    public const string BadRequest = "BAD_REQUEST";
    public const string AlreadyExists = "RESOURCE_ALREADY_EXISTS";
    public const string DoesNotExist = "RESOURCE_DOES_NOT_EXIST";
    public const string NotFound = "NOT_FOUND";
    public const string EndpointNotFound = "ENDPOINT_NOT_FOUND";
    public const string Unauthenticated = "UNAUTHENTICATED";
    public const string PermissionDenied = "PERMISSION_DENIED";
    public const string Conflict = "RESOURCE_CONFLICT";
    public const string InvalidState = "INVALID_STATE";
    public const string LimitExceeded = "REQUEST_LIMIT_EXCEEDED";
    public const string Internal = "INTERNAL_ERROR";
    public const string NotImplemented = "NOT_IMPLEMENTED";
    public const string Unavailable = "TEMPORARILY_UNAVAILABLE";
    public const string DeadlineExceeded = "DEADLINE_EXCEEDED";

    public static string Of(Problem problem) => problem.Reason ?? problem.Code switch
    {
        ProblemCode.Invalid or ProblemCode.TooLarge or ProblemCode.UnsupportedMediaType => InvalidParameter,
        ProblemCode.Unauthenticated => Unauthenticated,
        ProblemCode.Forbidden => PermissionDenied,
        ProblemCode.NotFound or ProblemCode.Expired => DoesNotExist,
        ProblemCode.AlreadyExists => AlreadyExists,
        ProblemCode.Conflict => Conflict,
        ProblemCode.MethodNotAllowed => BadRequest,
        ProblemCode.Exhausted => LimitExceeded,
        ProblemCode.Unavailable => Unavailable,
        ProblemCode.DeadlineExceeded => DeadlineExceeded,
        ProblemCode.Unsupported => NotImplemented,
        _ => Internal,
    };

    /// <summary>The status that goes with the code; MLflow answers 400 where others would say 409 (already exists) or 415.</summary>
    public static int StatusOf(Problem problem) => Of(problem) switch
    {
        _ when problem.Code == ProblemCode.TooLarge => StatusCodes.Status413PayloadTooLarge,
        _ when problem.Code == ProblemCode.MethodNotAllowed => StatusCodes.Status405MethodNotAllowed,
        InvalidParameter or BadRequest or AlreadyExists => StatusCodes.Status400BadRequest,
        Unauthenticated => StatusCodes.Status401Unauthorized,
        PermissionDenied => StatusCodes.Status403Forbidden,
        DoesNotExist or NotFound or EndpointNotFound => StatusCodes.Status404NotFound,
        Conflict => StatusCodes.Status409Conflict,
        LimitExceeded => StatusCodes.Status429TooManyRequests,
        NotImplemented => StatusCodes.Status501NotImplemented,
        Unavailable => StatusCodes.Status503ServiceUnavailable,
        DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };
}
