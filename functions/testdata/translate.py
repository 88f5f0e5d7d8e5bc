"""Prints what SAM's own translator makes of the template that is named, as JSON: what CloudFormation would be given."""
import json
import sys

import boto3
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

with open(sys.argv[1]) as file:
    template = yaml_parse(file.read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":  # sam package would upload these
        properties = resource["Properties"]
        if properties.get("PackageType") == "Image":
            properties["ImageUri"] = "123456789012.dkr.ecr.us-east-1.amazonaws.com/fflambda:1"
        else:
            properties["CodeUri"] = "s3://bucket/key"
session = boto3.session.Session(region_name="us-east-1")
# {}: no managed policy may be given by name.
json.dump(Translator({}, Parser(), boto_session=session).translate(sam_template=template, parameter_values={}), sys.stdout)
