using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Conditions;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Tests.Conditions;

public sealed class ConditionTests
{
    private static readonly TaskValues Inputs = new(
        ((JsonObject)JsonNode.Parse("""
            {"s": "heads", "n": 5, "d": 0.5, "t": true, "f": false, "empty": "", "list": [1, "two", {"k": "v"}], "map": {"a": {"b": 7}}, "json": "{\"x\": [1, 2]}", "big": 9007199254740993, "five": "5"}
            """)!).ToDictionary(p => p.Key, p => p.Value),
        new Dictionary<string, IReadOnlyList<Artifact>>
        {
            ["model"] = [new Artifact("m", ArtifactType.Of("system.Model"), "s3://b/m") { Metadata = (JsonObject)JsonNode.Parse("""{"accuracy": 0.95}""")! }],
        });

    [Theory]
    // What the compiler emits.
    [InlineData("inputs.parameter_values['s'] == 'heads'", true)]
    [InlineData("inputs.parameter_values['s'] != 'heads'", false)]
    [InlineData("!(inputs.parameter_values['s'] == 'heads')", false)]
    [InlineData("!(inputs.parameter_values['s'] == 'tails') && inputs.parameter_values['s'] == 'heads'", true)]
    [InlineData("int(inputs.parameter_values['n']) == 5", true)]
    [InlineData("int(inputs.parameter_values['n']) > 5", false)]
    [InlineData("int(inputs.parameter_values['n']) >= 5", true)]
    [InlineData("int(inputs.parameter_values['n']) < 6", true)]
    [InlineData("int(inputs.parameter_values['n']) <= 4", false)]
    [InlineData("double(int(inputs.parameter_values['n'])) > 4.5", true)]
    [InlineData("inputs.parameter_values['d'] == 0.5", true)]
    [InlineData("inputs.parameter_values['t'] == true", true)]
    [InlineData("inputs.parameter_values['f'] == false", true)]
    [InlineData("inputs.parameter_values['s'] > 'a'", true)]
    // A reference that the compiler put into quotes is text.
    [InlineData("'int(inputs.parameter_values['n'])' == '5'", false)]
    [InlineData("'inputs.parameter_values['s']' != 'heads'", true)]
    // Numbers of parameters are doubles, and compare with whole ones by value.
    [InlineData("inputs.parameter_values['n'] == 5", true)]
    [InlineData("inputs.parameter_values['n'] == 5.0", true)]
    [InlineData("inputs.parameter_values['d'] < 1", true)]
    [InlineData("int(inputs.parameter_values['d']) == 0", true)]
    [InlineData("int(-1.9) == -1", true)]
    [InlineData("int('12') == 12 && double('1.5') == 1.5", true)]
    [InlineData("string(inputs.parameter_values['n']) == '5'", true)]
    // Logic, also where one side is an error.
    [InlineData("false && inputs.parameter_values['missing'] == 1", false)]
    [InlineData("inputs.parameter_values['missing'] == 1 && false", false)]
    [InlineData("true || inputs.parameter_values['missing'] == 1", true)]
    [InlineData("inputs.parameter_values['missing'] == 1 || true", true)]
    [InlineData("true || false && false", true)]
    [InlineData("(true || false) && false", false)]
    [InlineData("inputs.parameter_values['n'] > 3 ? inputs.parameter_values['t'] : false", true)]
    // Parts of values.
    [InlineData("inputs.parameter_values['map']['a']['b'] == 7", true)]
    [InlineData("inputs.parameter_values.map.a.b == 7.0", true)]
    [InlineData("inputs.parameter_values['list'][1] == 'two'", true)]
    [InlineData("parseJson(inputs.parameter_values['json'])['x'][1] == 2", true)]
    [InlineData("inputs.artifacts['model'].artifacts[0].metadata['accuracy']*100.0 > 90.0", true)]
    [InlineData("inputs.artifacts['model'].artifacts[0].uri == 's3://b/m'", true)]
    [InlineData("inputs.artifacts['model'].artifacts[0].type.schema_title.startsWith('system.')", true)]
    [InlineData("inputs.parameters['n'].int_value == 5", true)]
    [InlineData("size(inputs.parameter_values['list']) == 3 && 'two' in inputs.parameter_values['list']", true)]
    [InlineData("inputs.parameter_values['s'] in ['heads', 'tails']", true)]
    [InlineData("'a' in inputs.parameter_values['map']", true)]
    [InlineData("inputs.parameter_values['s'].contains('ead') && inputs.parameter_values['s'].endsWith('s')", true)]
    [InlineData("inputs.parameter_values['s'].size() == 5", true)]
    // Literals.
    [InlineData("'it\\'s' == \"it's\"", true)]
    [InlineData("r'a\\n' == 'a\\\\n'", true)]
    [InlineData("'\\u00e9' == 'é'", true)]
    [InlineData("0x10 == 16", true)]
    [InlineData("-9223372036854775808 < 0", true)]
    [InlineData("1e3 == 1000.0", true)]
    [InlineData("7 / 2 == 3 && 7 % 2 == 1 && 7.0 / 2.0 == 3.5", true)]
    [InlineData("'a' + 'b' == 'ab'", true)]
    [InlineData("2 + 3 * 4 == 14", true)]
    [InlineData("null == null", true)]
    [InlineData("inputs.parameter_values['s'] == null", false)]
    [InlineData("truthy(inputs.parameter_values['t']) && !truthy(inputs.parameter_values['empty']) && !truthy('false') && truthy(1) && !truthy(0.0) && !truthy(null)", true)]
    public void Conditions_HaveTheirValue(string condition, bool expected) => Assert.Equal(expected, Expressions.Condition(condition, Inputs).OrThrow());

    [Theory]
    [InlineData("inputs.parameter_values['missing'] == 'x'", "no such key: missing")]
    [InlineData("inputs.parameter_values['s'] == 5", "no such overload")]
    [InlineData("inputs.parameter_values['five'] == 5", "no such overload")]
    [InlineData("inputs.parameter_values['t'] == 'true'", "no such overload")]
    [InlineData("inputs.parameter_values['s'] < 5", "no such overload")]
    [InlineData("'a' == 5", "no such overload")]
    [InlineData("1 == 1.0", "no such overload")]
    [InlineData("int(inputs.parameter_values['n']) == 5.0", "no such overload")]
    [InlineData("inputs.parameter_values['n'] * 2 == 10", "no such overload")]
    [InlineData("int(inputs.parameter_values['s']) == 1", "is no whole number")]
    [InlineData("int(inputs.parameter_values['t']) == 1", "no such overload")]
    [InlineData("!inputs.parameter_values['s']", "no such overload")]
    [InlineData("inputs.parameter_values['s']", "must be true or false")]
    [InlineData("1 + 1", "must be true or false")]
    [InlineData("inputs.parameter_values['missing'] == 1 && true", "no such key")]
    [InlineData("1 / 0 == 1", "division by zero")]
    [InlineData("9223372036854775807 + 1 == 0", "too large")]
    [InlineData("9223372036854775808 == 0", "too large")]
    [InlineData("inputs.parameter_values['list'][9] == 1", "out of range")]
    [InlineData("outputs.parameters['x'] == 1", "no such key")]
    [InlineData("other == 1", "there is no variable 'other'")]
    [InlineData("foo(1) == 1", "there is no function 'foo'")]
    [InlineData("int(1, 2) == 1", "takes 1 value")]
    [InlineData("", "expected a value")]
    [InlineData("true true", "expected an operator or the end")]
    [InlineData("(true", "expected ')'")]
    [InlineData("'abc", "text that is not closed")]
    [InlineData("a # b", "'#' is not understood")]
    [InlineData("'\\q' == 'q'", "is not an escape")]
    [InlineData("parseJson('{') == 1", "is not JSON")]
    public void WhatHasNoValue_IsAProblem_NotANo(string condition, string words)
    {
        var problem = Expressions.Condition(condition, Inputs).Problem;

        Assert.NotNull(problem);
        Assert.Contains(words, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SyntaxError", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"{\\\"key\\\": \\\"v\\\"}\"", "parseJson(string_value)[\"key\"]", "\"v\"")]
    [InlineData("{\"key\": 3.0}", "parseJson(string_value)[\"key\"]", "3")]
    [InlineData("{\"a\": [{\"b\": true}]}", "parseJson(string_value)['a'][0].b", "true")]
    [InlineData("[1.5, 2]", "parseJson(string_value)[0]", "1.5")]
    [InlineData("[1.5, 2]", "list_value[1]", "2")]
    [InlineData("{\"a\": {\"b\": null}}", "struct_value['a']", "{\"b\":null}")]
    [InlineData("5", "number_value", "5")]
    [InlineData("true", "bool_value", "true")]
    [InlineData("\"plain\"", "string_value", "\"plain\"")]
    [InlineData("7", "string_value", "\"7\"")]
    [InlineData("null", "string_value", "\"\"")]
    public void Selectors_PickAPart(string value, string selector, string part) =>
        Assert.Equal(part, Expressions.Select(selector, JsonNode.Parse(value)).OrThrow()?.ToJsonString() ?? "null");

    [Theory]
    [InlineData("\"invalid\"", "parseJson(string_value)['a']", "is not JSON")]
    [InlineData("{\"a\": 1}", "parseJson(string_value)['b']", "no such key: b")]
    [InlineData("\"x\"", "struct_value['a']", "'struct_value' is not set")]
    [InlineData("\"x\"", "inputs", "there is no variable 'inputs'")]
    public void SelectorsThatPickNothing_AreProblems(string value, string selector, string words) =>
        Assert.Contains(words, Expressions.Select(selector, JsonNode.Parse(value)).Problem!.Message, StringComparison.Ordinal);

    [Fact]
    public void NamedInputs_AreFound() => Assert.Equal(
        [("a", false), ("b", false), ("m", true)],
        Expressions.InputsNamed("int(inputs.parameter_values['a']) < 1 && !(inputs.parameter_values['b'] == 'x' || inputs.artifacts['m'].artifacts[0].uri == '')"));

    [Fact]
    public void LargeWholeNumbers_AreComparedExactly()
    {
        Assert.True(Expressions.Condition("9007199254740993 > 9007199254740992", Inputs).OrThrow());
        Assert.True(Expressions.Condition("dyn(9007199254740993) > 9007199254740992.0", Inputs).OrThrow());
        Assert.True(Expressions.Condition("dyn(9223372036854775807) < 9223372036854775808.0", Inputs).OrThrow());
        Assert.True(Expressions.Condition("dyn(5) < 5.5 && dyn(-5) > -5.5", Inputs).OrThrow());
    }

    [Fact]
    public void LongOnes_AreRefused_OrEvaluated_NeverOverflowTheStack()
    {
        Assert.True(Expressions.Condition(string.Join(" && ", Enumerable.Repeat("true", 1_900)), Inputs).OrThrow());
        Assert.Contains("words and signs", Expressions.Condition(string.Join(" && ", Enumerable.Repeat("true", 5_000)), Inputs).Problem!.Message, StringComparison.Ordinal);
        Assert.Contains("nests deeper", Expressions.Condition(new string('(', 1_500) + "true" + new string(')', 1_500), Inputs).Problem!.Message, StringComparison.Ordinal);
        Assert.Contains("nests deeper", Expressions.Condition(new string('!', 3_000) + "true", Inputs).Problem!.Message, StringComparison.Ordinal);
        Assert.Contains("characters", Expressions.Condition(new string(' ', 200_000), Inputs).Problem!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Noise_NeverThrows()
    {
        var random = new Random(11);
        string[] pieces =
        [
            "inputs", ".", "parameter_values", "['n']", "['s']", "[", "]", "(", ")", "==", "!=", "<", ">=", "&&", "||", "!", "-", "+", "*", "/", "%", "?", ":", "1", "0.5", "'x'", "\"", "'", "true", "null", "int(",
            "parseJson(", "size(", "in", ",", " ", "\\", "9223372036854775808", "1e400", "0x", "é", "string_value",
        ];
        for (var i = 0; i < 6_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 15)).Select(_ => pieces[random.Next(pieces.Length)]));
            Expressions.Condition(text, Inputs);
            Expressions.Select(text, JsonValue.Create("[1]"));
        }
    }
}
