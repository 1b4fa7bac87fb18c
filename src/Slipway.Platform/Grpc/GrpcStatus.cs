using Slipway.Kernel.Problems;

namespace Slipway.Platform.Grpc;

/// <summary>Status codes of gRPC (grpc/doc/statuscodes.md).</summary>
public enum GrpcStatus
{
    Ok = 0,
    Cancelled = 1,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    Aborted = 10,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    Unauthenticated = 16,
}

/// <summary>How gRPC says a <see cref="Problem"/>: the one place that maps its codes.</summary>
public static class GrpcStatuses
{
    public static GrpcStatus Of(ProblemCode code) => code switch
    {
        ProblemCode.Invalid or ProblemCode.UnsupportedMediaType => GrpcStatus.InvalidArgument,
        ProblemCode.Unauthenticated => GrpcStatus.Unauthenticated,
        ProblemCode.Forbidden => GrpcStatus.PermissionDenied,
        ProblemCode.NotFound or ProblemCode.Expired => GrpcStatus.NotFound,
        ProblemCode.AlreadyExists => GrpcStatus.AlreadyExists,
        ProblemCode.Conflict => GrpcStatus.Aborted,
        ProblemCode.TooLarge or ProblemCode.Exhausted => GrpcStatus.ResourceExhausted,
        ProblemCode.MethodNotAllowed or ProblemCode.Unsupported => GrpcStatus.Unimplemented,
        ProblemCode.Unavailable => GrpcStatus.Unavailable,
        ProblemCode.DeadlineExceeded => GrpcStatus.DeadlineExceeded,
        _ => GrpcStatus.Internal,
    };
}
