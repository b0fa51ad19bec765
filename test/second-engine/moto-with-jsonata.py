"""moto's server with the one thing put back that its Step Functions engine lacks: an evaluator for JSONata.

moto took this engine over from LocalStack, which has expressions evaluated in Java. That call was left out, so that every expression fails
(getmoto/moto issue 10105). Nothing here touches what a state does.
"""

from jsonata import Jsonata
from moto.server import main
from moto.stepfunctions.parser.asl.eval import states, variable_store
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str


def evaluate(expression):
    """The value of an expression, which carries the variables it can see in front of it."""
    try:
        return Jsonata(expression).evaluate(None)
    except Exception as error:
        # The class that the evaluator in Java threw.
        raise moto_jsonata.JSONataException("UNKNOWN", str(error)) from error


def declare(bindings):
    """The text in front of an expression. moto's own puts quotation marks around text without escaping those inside."""
    return "".join(f"{name}:={to_json_str(value)};" for name, value in bindings.items())


if __name__ == "__main__":
    # The pointer that nothing sets.
    moto_jsonata._eval_jsonata = evaluate
    # Both modules have imported the function by its name.
    states.encode_jsonata_variable_declarations = declare
    variable_store.encode_jsonata_variable_declarations = declare
    main()
