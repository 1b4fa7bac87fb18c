using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Slipway.Architecture.Tests;

/// <summary>What a type's declaration and code refer to.</summary>
internal static class References
{
    /// <summary>All types of an assembly that somebody wrote, with those nested in them.</summary>
    public static IEnumerable<TypeDefinition> Written(AssemblyDefinition assembly) =>
        assembly.MainModule.Types.Where(t => t.Name != "<Module>" && !t.Namespace.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal)
            && !t.Namespace.StartsWith("System.", StringComparison.Ordinal) && !t.Name.StartsWith("<>", StringComparison.Ordinal) && !t.Name.StartsWith("<PrivateImpl", StringComparison.Ordinal));

    /// <summary>The type and everything nested in it: closures and state machines of the compiler, too.</summary>
    public static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) => type.NestedTypes.SelectMany(WithNested).Prepend(type);

    /// <summary>The namespace of the outermost type, also for references into nested types.</summary>
    public static TypeReference Outermost(TypeReference type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    public static IEnumerable<MethodReference> Calls(TypeDefinition type) =>
        WithNested(type).SelectMany(t => t.Methods).Where(m => m.HasBody).SelectMany(m => m.Body.Instructions).Select(i => i.Operand).OfType<MethodReference>();

    public static IEnumerable<string> Literals(TypeDefinition type) =>
        WithNested(type).SelectMany(t => t.Methods).Where(m => m.HasBody).SelectMany(m => m.Body.Instructions).Where(i => i.OpCode == OpCodes.Ldstr).Select(i => (string)i.Operand)
            .Concat(WithNested(type).SelectMany(t => t.Fields).Where(f => f.HasConstant).Select(f => f.Constant).OfType<string>());

    /// <summary>Every type that the given one names: bases, members, locals, calls, generic arguments.</summary>
    public static IEnumerable<TypeReference> Types(TypeDefinition type) => WithNested(type).SelectMany(Direct).SelectMany(Unfold);

    private static IEnumerable<TypeReference?> Direct(TypeDefinition type)
    {
        yield return type.BaseType;
        foreach (var reference in type.Interfaces.Select(i => i.InterfaceType)
                     .Concat(type.Fields.Select(f => f.FieldType)).Concat(type.Properties.Select(p => p.PropertyType)))
        {
            yield return reference;
        }

        foreach (var method in type.Methods)
        {
            yield return method.ReturnType;
            foreach (var parameter in method.Parameters)
            {
                yield return parameter.ParameterType;
            }

            if (!method.HasBody)
            {
                continue;
            }

            foreach (var local in method.Body.Variables)
            {
                yield return local.VariableType;
            }

            foreach (var operand in method.Body.Instructions.Select(i => i.Operand))
            {
                switch (operand)
                {
                    case TypeReference reference:
                        yield return reference;
                        break;
                    case MethodReference called:
                        yield return called.DeclaringType;
                        yield return called.ReturnType;
                        foreach (var argument in (called as GenericInstanceMethod)?.GenericArguments ?? [])
                        {
                            yield return argument;
                        }

                        break;
                    case FieldReference field:
                        yield return field.DeclaringType;
                        yield return field.FieldType;
                        break;
                }
            }
        }
    }

    // List<Foo[]> names List and Foo.
    private static IEnumerable<TypeReference> Unfold(TypeReference? type)
    {
        switch (type)
        {
            case null or GenericParameter:
                return [];
            case GenericInstanceType generic:
                return generic.GenericArguments.SelectMany(Unfold).Prepend(generic.ElementType);
            case TypeSpecification specification:
                return Unfold(specification.ElementType);
            default:
                return [type];
        }
    }
}
