"""A training job as short as can be: it logs a run, and a model with files for Triton, and registers it under an alias.

Everything that it knows of the registry is the variable MLFLOW_TRACKING_URI.
"""

import sys

import mlflow

files, alias = sys.argv[1:3]


class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input


with mlflow.start_run():
    mlflow.log_metric("accuracy", 0.9)
    model = mlflow.pyfunc.log_model(
        name="classifier",
        python_model=Model(),
        artifacts={"triton": files},
        registered_model_name="classifier",
        pip_requirements=[],
    )
mlflow.MlflowClient().set_registered_model_alias("classifier", alias, model.registered_model_version)
print(model.registered_model_version)
